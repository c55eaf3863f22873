/*
 * rules_lines.c - where core/kraft/rules.c and Kafka differ.
 *
 *   rules_lines LEVEL            "yes" or "no", a TAB, and a document's line: those that we judge otherwise
 *   rules_lines records          "LEVEL RECORD VERSION": those that we have otherwise (version -1: none)
 *   rules_lines LEVEL names      "KIND NAME" of every config that our table has at this level
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/limits.h"
#include "core/kraft/rules.h"
#include "core/kraft/rules_table.h"

static int
print_names(int level)
{
	static const enum kind kinds[] = { KIND_TOPIC, KIND_CLUSTER_CONFIG, KIND_GROUP_CONFIG,
		                           KIND_CLIENT_METRICS };
	const struct config_rule *rule;
	size_t i, at;

	for (i = 0; i < LENGTH(kinds); i++)
		for (at = 0; (rule = config_rule_next(kinds[i], &at)) != NULL;)
			if (level >= rule->since && (rule->until == 0 || level < rule->until))
				printf("%s %s\n", kind_name(kinds[i]), rule->name);
	for (i = 0; i < static_names_count; i++) {
		char *names = strdup(static_names[i].names), *name, *rest = NULL;

		if (names == NULL)
			return 1;
		for (name = strtok_r(names, " ", &rest); name != NULL; name = strtok_r(NULL, " ", &rest))
			if (level >= static_names[i].since &&
			    (static_names[i].until == 0 || level < static_names[i].until))
				printf("static %s\n", name);
		free(names);
	}
	return 0;
}

static int
compare_line(const struct rules *rules, bool yes, const char *text, size_t len)
{
	struct rules_answer answer;
	struct line line;
	struct buf key;
	struct err e;
	bool fits;

	buf_init(&key, KEY_MAX_BYTES + 1);
	if (line_parse(text, len, &key, &line, &e) != 0 || rules_judge(rules, &line, &answer, &e) != 0) {
		printf("%s: %.*s\n", e.text, (int)len, text);
		buf_release(&key);
		return 1;
	}
	fits = answer.reason.len == 0;
	if (fits != yes)
		printf("%s here (%s), %s in Kafka: %.*s\n", fits ? "fits" : "does not fit",
		       fits ? "" : buf_text(&answer.reason), yes ? "fits" : "does not fit", (int)len, text);
	rules_answer_release(&answer);
	buf_release(&key);
	return fits != yes;
}

static int
compare_record(const char *text)
{
	const char *blank = strrchr(text, ' ');
	int level, version, ours = -1;
	unsigned type;
	size_t len;
	char *name;

	level = (int)strtol(text, &name, 10);
	version = blank == NULL ? -2 : (int)strtol(blank + 1, NULL, 10);
	len = blank == NULL || blank < name + 1 ? 0 : (size_t)(blank - name - 1);
	for (type = 0; type < RECORD_TYPES; type++)
		if (record_schema(type) != NULL && strlen(record_schema(type)->name) == len &&
		    memcmp(record_schema(type)->name, name + 1, len) == 0)
			ours = rules_record_version(type, level);
	if (ours != version)
		printf("version %d here: %s\n", ours, text);
	return ours != version;
}

int
main(int argc, char **argv)
{
	struct rules rules = { .level = 0 };
	size_t room = 0, count = 0, differ = 0;
	char *text = NULL;
	ssize_t len;

	if (argc < 2)
		return 2;
	rules.level = (int)strtol(argv[1], NULL, 10);
	if (argc > 2 && strcmp(argv[2], "names") == 0)
		return print_names(rules.level);
	while ((len = getline(&text, &room, stdin)) > 0) {
		bool yes = strncmp(text, "yes\t", 4) == 0;

		text[--len] = '\0';
		count++;
		if (strcmp(argv[1], "records") == 0)
			differ += (size_t)compare_record(text);
		else
			differ += (size_t)compare_line(&rules, yes, text + (yes ? 4 : 3),
			                               (size_t)len - (yes ? 4 : 3));
	}
	free(text);
	fprintf(stderr, "%zu compared, %zu differ\n", count, differ);
	return differ > 0;
}
