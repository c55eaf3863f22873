/* kcb_options.c - see kcb_options.h: one table row an option */
#include <string.h>

#include "core/base/cleanup.h"
#include "core/config/nearest.h"
#include "core/snapshot/kind.h"
#include "plugin/kcb_options.h"

#define SECONDS_MAX 2592000u /* 30 days; longer is a mistake */

enum form { FORM_FLAG, FORM_TEXT, FORM_SECONDS };

struct option {
	const char *name;
	char        letter;   /* 0: none */
	const char *argument; /* NULL: none */
	unsigned    bit;      /* KCB_*; 0: every command takes it */
	enum form   form;
	size_t      offset; /* in struct kcb_options */
	const char *text;
};

#define FIELD(member) offsetof(struct kcb_options, member)
static const struct option table[] = {
	{ "--force", 0, NULL, KCB_FORCE, FORM_FLAG, FIELD(force),
	  "go on where a person has to answer for it" },
	{ "--disks", 0, "STATE", KCB_DISKS, FORM_TEXT, FIELD(disks),
	  "lost (new and formatted), kept, or partial" },
	{ "--phase", 0, "PHASE", KCB_PHASE, FORM_TEXT, FIELD(phase),
	  "kafka, or services (registries, workers); else both" },
	{ "--snapshot", 0, "ID", KCB_SNAPSHOT, FORM_TEXT, FIELD(snapshot),
	  "this one instead of the newest" },
	{ "--kind", 0, "K", KCB_KIND, FORM_TEXT, FIELD(kind),
	  "only this kind: topic, acl, user, ..." },
	{ "--name", 0, "N", KCB_NAME, FORM_TEXT, FIELD(name),
	  "only the resource of this name" },
	{ "--all", 0, NULL, KCB_ALL, FORM_FLAG, FIELD(all),
	  "every snapshot in the store" },
	{ "--long", 0, NULL, KCB_LONG, FORM_FLAG, FIELD(long_form),
	  "what the header of each says, verified" },
	{ "--into-used", 0, NULL, KCB_INTO_USED, FORM_FLAG, FIELD(into_used),
	  "into a cluster that is not this service's" },
	{ "--dry-run", 0, NULL, KCB_DRY_RUN, FORM_FLAG, FIELD(dry_run),
	  "say what would be done, change nothing" },
	{ "--exit-code", 0, NULL, KCB_EXIT_CODE, FORM_FLAG, FIELD(exit_code),
	  "exit with 10 when they differ" },
	{ "--period", 0, "SECONDS", KCB_PERIOD, FORM_SECONDS, FIELD(period_ms),
	  "how often to look whether a backup is due (60)" },
	{ "--config", 'c', "FILE", KCB_CONFIG, FORM_TEXT, FIELD(config),
	  "the service's file ($KCB_CONFIG, else /etc/kafka-config-backup/service.json)" },
	{ "--json", 0, NULL, KCB_JSON, FORM_FLAG, FIELD(json),
	  "one JSON document on standard output, nothing else" },
	{ "--anchor", 0, "FILE", KCB_ANCHOR, FORM_TEXT, FIELD(anchor),
	  "holds what the last success was; protects from a store rolled back" },
	{ "--timeout", 0, "SECONDS", KCB_TIMEOUT, FORM_SECONDS, FIELD(timeout_ms),
	  "end by then, and say what is and is not done" },
	{ "--state-dir", 0, "DIR", KCB_STATE_DIR, FORM_TEXT, FIELD(state_dir),
	  "for the last report (/var/lib/kafka-config-backup/SERVICE)" },
	{ "--quiet", 'q', NULL, KCB_QUIET, FORM_FLAG, FIELD(quiet),
	  "no progress, and no text of what went well" },
	{ "--verbose", 'v', NULL, KCB_VERBOSE, FORM_FLAG, FIELD(verbose),
	  "the plugin's log on standard error" },
	{ "--help", 'h', NULL, 0, FORM_FLAG, FIELD(help),
	  "this text" },
	{ "--version", 'V', NULL, 0, FORM_FLAG, FIELD(version),
	  "the version of kcb" },
};

/* ---- values ---- */

static int
read_seconds(const char *name, const char *text, uint64_t *ret_ms, struct err *e)
{
	uint64_t n = 0;
	const char *p;

	for (p = text; *p >= '0' && *p <= '9' && n <= SECONDS_MAX; p++)
		n = n * 10 + (uint64_t)(*p - '0');
	if (p == text || *p != '\0' || n == 0 || n > SECONDS_MAX)
		return err_set(e, ERR_CONFIG, "%s: \"%.64s\" is no number of seconds from 1 to %u", name, text,
		               SECONDS_MAX);
	*ret_ms = n * 1000;
	return 0;
}

static int
take_value(struct kcb_options *o, const struct option *option, const char *value, struct err *e)
{
	char *field = (char *)o + option->offset;
	const bool yes = true;
	uint64_t ms = 0;

	if (option->form == FORM_FLAG) {
		memcpy(field, &yes, sizeof yes);
		return 0;
	}
	if (value[0] == '\0')
		return err_set(e, ERR_CONFIG, "%s: its %s is empty", option->name, option->argument);
	if (option->form == FORM_TEXT) {
		memcpy(field, &value, sizeof value);
		return 0;
	}
	if (read_seconds(option->name, value, &ms, e) != 0)
		return e->code;
	memcpy(field, &ms, sizeof ms);
	return 0;
}

/* ---- words ---- */

struct words { /* the command line, and where we are */
	int          argc, next;
	char *const *argv;
	unsigned     given;     /* bits of options */
	unsigned     arguments; /* of the command, so far */
	bool         only_arguments; /* "--" was there */
};

/* The option that a word is, and where its value stands in the word (NULL: not in it). */
static const struct option *
find_option(const char *word, const char **ret_value)
{
	const char *equals = strchr(word, '=');
	size_t i, len = equals == NULL ? strlen(word) : (size_t)(equals - word);

	*ret_value = NULL;
	for (i = 0; i < LENGTH(table); i++) {
		if (word[1] != '-') {
			if (table[i].letter != word[1] || word[1] == '\0')
				continue;
			*ret_value = word[2] == '\0' ? NULL : word + 2;
			return &table[i];
		}
		if (strlen(table[i].name) != len || strncmp(table[i].name, word, len) != 0)
			continue;
		*ret_value = equals == NULL ? NULL : equals + 1;
		return &table[i];
	}
	return NULL;
}

static int
refuse_option(const char *word, struct err *e)
{
	struct nearest near;
	size_t i;

	nearest_init(&near, word);
	for (i = 0; i < LENGTH(table); i++)
		(void)nearest_offer(&near, table[i].name);
	if (near.word != NULL)
		return err_set(e, ERR_CONFIG, "%.64s: no such option; did you mean %s?", word, near.word);
	return err_set(e, ERR_CONFIG, "%.64s: no such option", word);
}

static int
take_option(struct kcb_options *o, struct words *w, const char *word, struct err *e)
{
	const char *value;
	const struct option *option = find_option(word, &value);

	if (option == NULL)
		return refuse_option(word, e);
	if (option->argument == NULL && value != NULL)
		return err_set(e, ERR_CONFIG, "%.64s: %s takes no value", word, option->name);
	if (option->argument != NULL && value == NULL) {
		if (w->next == w->argc)
			return err_set(e, ERR_CONFIG, "%s: its %s is missing", option->name, option->argument);
		value = w->argv[w->next++];
	}
	w->given |= option->bit;
	return take_value(o, option, value, e);
}

static int
take_command(struct kcb_options *o, const char *word, struct err *e)
{
	struct nearest near;
	size_t i;

	nearest_init(&near, word);
	for (i = 0; i < kcb_commands_count; i++) {
		(void)nearest_offer(&near, kcb_commands[i].name);
		if (strcmp(kcb_commands[i].name, word) == 0) {
			o->command = &kcb_commands[i];
			return 0;
		}
	}
	if (near.word != NULL)
		return err_set(e, ERR_CONFIG, "%.64s: no such command; did you mean %s?", word, near.word);
	return err_set(e, ERR_CONFIG, "%.64s: no such command", word);
}

static int
take_argument(struct kcb_options *o, struct words *w, const char *word, struct err *e)
{
	const struct kcb_argument *a;

	if (o->command == NULL)
		return take_command(o, word, e);
	if (w->arguments == LENGTH(o->command->arguments) ||
	    o->command->arguments[w->arguments].name == NULL)
		return err_set(e, ERR_CONFIG, "%.64s: %s takes no such argument", word, o->command->name);
	a = &o->command->arguments[w->arguments++];
	if (word[0] == '\0')
		return err_set(e, ERR_CONFIG, "%s: is empty", a->name);
	memcpy((char *)o + a->offset, &word, sizeof word);
	return 0;
}

static int
take_words(struct kcb_options *o, struct words *w, struct err *e)
{
	int rc = 0;

	while (rc == 0 && w->next < w->argc) {
		const char *word = w->argv[w->next++];

		if (!w->only_arguments && strcmp(word, "--") == 0)
			w->only_arguments = true;
		else if (!w->only_arguments && word[0] == '-' && word[1] != '\0')
			rc = take_option(o, w, word, e);
		else
			rc = take_argument(o, w, word, e);
	}
	return rc;
}

/* ---- the whole ---- */

static int
check_given(const struct kcb_options *o, const struct words *w, struct err *e)
{
	const struct kcb_command *c = o->command;
	size_t i;

	for (i = 0; i < LENGTH(table); i++)
		if ((w->given & table[i].bit & ~c->options) != 0)
			return err_set(e, ERR_CONFIG, "%s: %s does not take it", table[i].name, c->name);
	if (w->arguments < c->arguments_needed)
		return err_set(e, ERR_CONFIG, "%s: its %s is missing", c->name,
		               c->arguments[w->arguments].name);
	if (o->all && o->snapshot != NULL)
		return err_set(e, ERR_CONFIG, "%s: either SNAPSHOT or --all", c->name);
	if (o->name != NULL && o->kind == NULL)
		return err_set(e, ERR_CONFIG, "--name: needs --kind too");
	if ((c->options & KCB_DISKS) != 0 && o->disks == NULL)
		return err_set(e, ERR_CONFIG, "%s: --disks is missing", c->name);
	return 0;
}

static bool
is_one_of(const char *word, const char *const *words)
{
	for (; *words != NULL; words++)
		if (strcmp(*words, word) == 0)
			return true;
	return false;
}

static int
check_kind(const char *text, size_t len, struct err *e)
{
	enum kind kind;

	return kind_by_name(text, len, &kind)
	           ? 0
	           : err_set(e, ERR_CONFIG, "%.*s: no such kind; there are cluster_config, user, acl, topic, "
	                     "quota, group_config, client_metrics, registry_log, schema, "
	                     "registry_config, connector", len > 64 ? 64 : (int)len, text);
}

static int
check_words(const struct kcb_options *o, struct err *e)
{
	static const char *const phases[] = { "kafka", "services", NULL };
	static const char *const disks[] = { "lost", "kept", "partial", NULL };

	if (o->phase != NULL && !is_one_of(o->phase, phases))
		return err_set(e, ERR_CONFIG, "--phase: \"%.64s\" is neither kafka nor services", o->phase);
	if (o->disks != NULL && !is_one_of(o->disks, disks))
		return err_set(e, ERR_CONFIG, "--disks: \"%.64s\" is neither lost, kept nor partial",
		               o->disks);
	if (o->kind != NULL && check_kind(o->kind, strlen(o->kind), e) != 0)
		return e->code;
	if (o->resource != NULL)
		return check_kind(o->resource, strcspn(o->resource, "/"), e);
	return 0;
}

int
kcb_options_parse(struct kcb_options *ret, int argc, char *const argv[], struct err *e)
{
	struct words w = { .argc = argc, .next = 1, .argv = argv };
	int rc;

	*ret = (struct kcb_options){ .period_ms = 60000 };
	rc = take_words(ret, &w, e);
	if (rc != 0 || ret->help || ret->version)
		return rc;
	if (ret->command == NULL)
		return err_set(e, ERR_CONFIG, "no command was given");
	rc = check_given(ret, &w, e);
	return rc != 0 ? rc : check_words(ret, e);
}

/* ---- help ---- */

static void
help_options(unsigned bits, FILE *out)
{
	char shown[64];
	size_t i;

	fprintf(out, "\noptions:\n");
	for (i = 0; i < LENGTH(table); i++) {
		const struct option *o = &table[i];
		char letter[5] = { '-', o->letter, ',', ' ', '\0' };

		if (o->bit != 0 && (o->bit & bits) == 0)
			continue;
		(void)snprintf(shown, sizeof shown, "%s%s%s%s", o->letter == 0 ? "    " : letter, o->name,
		               o->argument == NULL ? "" : " ", o->argument == NULL ? "" : o->argument);
		fprintf(out, "  %-24s %s\n", shown, o->text);
	}
}

static void
help_all(FILE *out)
{
	size_t i;

	fprintf(out, "usage: kcb [-c SERVICE.json] COMMAND [...]\n\n"
	             "Keeps the configuration of a Kafka service safe: seals it, stores it, and puts it back.\n"
	             "Topic records, consumer groups and their offsets are never included.\n\ncommands:\n");
	for (i = 0; i < kcb_commands_count; i++)
		fprintf(out, "  %-10s %s\n", kcb_commands[i].name, kcb_commands[i].summary);
	help_options(KCB_CONFIG | KCB_JSON | KCB_ANCHOR | KCB_TIMEOUT | KCB_QUIET | KCB_VERBOSE |
	             KCB_STATE_DIR, out);
	fprintf(out, "\nexit codes: 0 OK, 1 FAILED, 2 usage or configuration, 3 PARTIAL, 4 VETO, 5 AGAIN,\n"
	             "6 NEEDS_OPERATOR, 7 DEADLINE, 8 CANCELLED, 9 UNSUPPORTED, 10 they differ (diff --exit-code)\n"
	             "\n`kcb COMMAND --help` says more of one.\n");
}

void
kcb_options_help(const struct kcb_command *c, FILE *out)
{
	if (c == NULL) {
		help_all(out);
		return;
	}
	fprintf(out, "usage: kcb %s%s%s%s\n\n%s\n\n%s\n",
	        (c->options & KCB_CONFIG) != 0 ? "[-c SERVICE.json] " : "", c->name,
	        c->synopsis[0] != '\0' ? " " : "", c->synopsis, c->summary, c->text);
	help_options(c->options, out);
	fprintf(out, "\nexit codes: %s\n\nexample: %s\n", c->exits, c->example);
}
