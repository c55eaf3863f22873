/* options_text.c - see options_text.h */
#include <string.h>

#include "core/config/options.h"
#include "core/config/options_text.h"

#define MDOC_COLUMNS 78u

static const char introduction[] =
    "The configuration of one service is one JSON file. Keys that are not listed here, keys that "
    "stand there twice and values out of range are errors: nothing is ignored in silence. No "
    "secret stands in the file.";

static const char secrets[] =
    "A reference to a secret is {\"file\": \"/absolute/path\"} or {\"credential\": \"name\"}. A "
    "file must be a regular file, no symbolic link, of mode 0600 or stricter, owned by root or by "
    "the user the manager runs as. A credential is one that systemd hands to the manager's unit "
    "(LoadCredential=name:path). Secrets are read when an operation begins and wiped when it is "
    "done; one line end behind them is left out.";

static const char other_sections[] =
    "Sections that a first configuration does not need, with everything that they can hold:";

static const char other_example[] =
    "  \"kraft\": {\n"
    "    \"metadata_log_dir\": \"/var/lib/kafka/meta\",\n"
    "    \"log_dirs\": [\"/var/lib/kafka/data\"],\n"
    "    \"broker_ids\": [1, 2, 3],\n"
    "    \"voters\": [\"node1.example.com:9094\", \"node2.example.com:9094\", \"node3.example.com:9094\"]\n"
    "  },\n"
    "  \"registry\": {\n"
    "    \"url\": \"https://registry.example.com:8081\"\n"
    "  },\n"
    "  \"connect\": {\n"
    "    \"url\": \"https://connect.example.com:8083\",\n"
    "    \"resume\": \"saved\",\n"
    "    \"topics\": [\"connect-configs\", \"connect-offsets\", \"connect-status\"]\n"
    "  },\n";

static bool
is_section(const struct option *o)
{
	return o->type == OPTION_SECTION || o->type == OPTION_PROPERTIES;
}

/* Has the option, or one below it, something for the example? */
static bool
in_example(const struct option *o)
{
	size_t len = strlen(o->path), i;

	for (i = 0; i < option_count; i++)
		if (options[i].example != NULL && strncmp(options[i].path, o->path, len) == 0 &&
		    (options[i].path[len] == '\0' || options[i].path[len] == '.'))
			return true;
	return false;
}

static void
indent(struct buf *out, int depth)
{
	while (depth-- > 0)
		(void)buf_add_text(out, "  ");
}

static void
example_of(struct buf *out, const char *parent, int depth)
{
	const char *between = "\n";
	size_t i;

	(void)buf_add_char(out, '{');
	for (i = 0; i < option_count; i++) {
		const struct option *o = &options[i];

		if (!option_is_child(o, parent) || !in_example(o))
			continue;
		(void)buf_add_text(out, between);
		indent(out, depth + 1);
		(void)buf_print(out, "\"%s\": ", option_key(o));
		if (o->example != NULL)
			(void)buf_add_text(out, o->example);
		else
			example_of(out, o->path, depth + 1);
		between = ",\n";
	}
	(void)buf_add_char(out, '\n');
	indent(out, depth);
	(void)buf_add_char(out, '}');
}

void
options_example(struct buf *out)
{
	example_of(out, "", 0);
	(void)buf_add_char(out, '\n');
}

static void
facts(struct buf *out, const struct option *o)
{
	(void)buf_add_text(out, o->required ? "Required" : "Optional");
	if (option_parent_len(o) > 0 && o->required)
		(void)buf_add_text(out, " in its section");
	if (o->stores != 0) {
		(void)buf_add_text(out, ", with the type ");
		option_stores(o, out);
	}
	if (o->preset != NULL)
		(void)buf_print(out, ", default %s", o->preset);
	(void)buf_add_text(out, ". Expected: ");
	option_expected(o, out);
	(void)buf_add_char(out, '.');
}

static void
markdown_item(struct buf *out, const struct option *o)
{
	(void)buf_print(out, "- `%s`: %s ", option_key(o), o->meaning);
	facts(out, o);
	(void)buf_add_char(out, '\n');
}

static void
markdown_example(struct buf *out, const struct text_example *example)
{
	(void)buf_print(out, "%s\n\n```json\n%s```\n\n", example->sentence, example->text);
}

void
options_markdown(struct buf *out)
{
	size_t i;

	(void)buf_add_text(out, "# The configuration of a service\n\n"
	                        "Made from the table in core/config/options.c by `make configuration-texts`; "
	                        "do not edit.\n\n");
	(void)buf_print(out, "%s\n\n%s\n\n", introduction, secrets);
	(void)buf_add_text(out, "A first configuration, also in packaging/example.json:\n\n```json\n");
	options_example(out);
	(void)buf_print(out, "```\n\n%s\n\n```json\n%s```\n\n", other_sections, other_example);
	options_stores(out, markdown_example);
	(void)buf_add_text(out, "## The file itself\n\n");
	for (i = 0; i < option_count; i++) {
		const struct option *o = &options[i];

		if (is_section(o))
			(void)buf_print(out, "\n## `%s`\n\n%s. %s\n\n", o->path,
			                o->required ? "Required" : "Optional", o->meaning);
		else
			markdown_item(out, o);
	}
}

/* A word of running text; a line of mdoc must not begin with what troff takes for its own. */
static void
mdoc_word(struct buf *out, const char *word, size_t len, size_t *column)
{
	size_t i;

	if (*column > 0 && *column + 1 + len > MDOC_COLUMNS) {
		(void)buf_add_char(out, '\n');
		*column = 0;
	}
	if (*column > 0)
		(void)buf_add_char(out, ' ');
	else if (word[0] == '.' || word[0] == '\'')
		(void)buf_add_text(out, "\\&");
	for (i = 0; i < len; i++)
		(void)(word[i] == '\\' ? buf_add_text(out, "\\e") : buf_add_char(out, word[i]));
	*column += len + (*column > 0);
}

/* Running text: each sentence begins a line, as mdoc wants it. */
static void
mdoc_text(struct buf *out, const char *text)
{
	size_t column = 0, len;

	for (; *text != '\0'; text += len, text += *text == ' ') {
		len = strcspn(text, " ");
		mdoc_word(out, text, len, &column);
		if (text[len - 1] == '.' && text[len] == ' ') {
			(void)buf_add_char(out, '\n');
			column = 0;
		}
	}
	(void)buf_add_text(out, column > 0 ? "\n" : "");
}

static void
mdoc_item(struct buf *out, const struct option *o)
{
	struct buf text CLEANUP(buf_release);
	const char *fact;

	buf_init(&text, out->max);
	facts(&text, o);
	fact = buf_text(&text);
	(void)buf_print(out, ".It Cm %s\n", option_key(o));
	mdoc_text(out, o->meaning);
	mdoc_text(out, fact != NULL ? fact : "");
}

static void
mdoc_keys(struct buf *out)
{
	bool open = true;
	size_t i;

	(void)buf_add_text(out, ".Sh THE FILE ITSELF\n.Bl -tag -width Ds\n");
	for (i = 0; i < option_count; i++) {
		const struct option *o = &options[i];

		if (!is_section(o)) {
			(void)buf_add_text(out, open ? "" : ".Bl -tag -width Ds\n");
			open = true;
			mdoc_item(out, o);
			continue;
		}
		(void)buf_print(out, "%s.Sh SECTION %s\n%s.\n", open ? ".El\n" : "", o->path,
		                o->required ? "Required" : "Optional");
		open = false;
		mdoc_text(out, o->meaning);
	}
	(void)buf_add_text(out, open ? ".El\n" : "");
}

static void
mdoc_example(struct buf *out, const struct text_example *example)
{
	(void)buf_add_text(out, ".Pp\n");
	mdoc_text(out, example->sentence);
	(void)buf_print(out, ".Bd -literal\n%s.Ed\n", example->text);
}

void
options_man(struct buf *out)
{
	(void)buf_add_text(out, ".\\\" Made from the table in core/config/options.c; do not edit.\n"
	                        ".Dd $Mdocdate$\n.Dt KAFKA-CONFIG-BACKUP.JSON 5\n.Os\n.Sh NAME\n"
	                        ".Nm kafka-config-backup.json\n"
	                        ".Nd the configuration of one service\n.Sh DESCRIPTION\n");
	mdoc_text(out, introduction);
	(void)buf_add_text(out, ".Pp\n");
	mdoc_text(out, secrets);
	mdoc_keys(out);
	(void)buf_add_text(out, ".Sh EXAMPLES\nA first configuration:\n.Bd -literal\n");
	options_example(out);
	(void)buf_add_text(out, ".Ed\n.Pp\n");
	mdoc_text(out, other_sections);
	(void)buf_print(out, ".Bd -literal\n%s.Ed\n", other_example);
	options_stores(out, mdoc_example);
	(void)buf_add_text(out, ".Sh SEE ALSO\n.Xr kcb 1 ,\n.Xr kafka_config_backup 7\n");
}
