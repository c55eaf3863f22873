#!/bin/sh
# t_documents.sh - what people read says what the programs do: manual pages, README.md, CONTRIBUTING.md, FORMAT.md.
# Run in the build directory, or with BUILD naming it.
# shellcheck disable=SC2013,SC2016  # lists of single words; what looks like a command is text
top=$(cd "$(dirname "$0")/../.." && pwd)
KCB=${BUILD:-$PWD}/kcb
kcb_1=$top/packaging/man/kcb.1
json_5=$top/packaging/man/kafka-config-backup.json.5
plugin_7=$top/packaging/man/kafka_config_backup.7
dir=$(mktemp -d "${TMPDIR:-/tmp}/t_documents.XXXXXX")
trap 'rm -rf "$dir"' EXIT
tests=0 failed=0

# ---- helpers ----

# test NAME: run the function of that name, whose words are the sentence
t() {
	tests=$((tests + 1))
	(set -e; "$1") >"$dir/log" 2>&1
	case $? in
	0) echo "ok $tests - $(echo "$1" | tr _ ' ')" ;;
	77) echo "ok $tests - $(echo "$1" | tr _ ' ') # SKIP $(tail -n 1 "$dir/log")" ;;
	*)
		echo "not ok $tests - $(echo "$1" | tr _ ' ')"
		sed 's/^/# /' "$dir/log"
		failed=$((failed + 1))
		;;
	esac
}

# two lists, each with its name, are the same set; neither is empty
same() { # $1 what, $2 file, $3 what, $4 file
	sort -u "$2" >"$dir/one"
	sort -u "$4" >"$dir/other"
	[ -s "$dir/one" ] || { echo "found nothing: $1"; return 1; }
	cmp -s "$dir/one" "$dir/other" && return 0
	comm -23 "$dir/one" "$dir/other" | sed "s/^/only in $1: /"
	comm -13 "$dir/one" "$dir/other" | sed "s/^/only in $3: /"
	return 1
}

# the lines of a section of a page, or of several
section() { # $1 page, $2 title, which may be a pattern
	awk -v title="^.S[hs] $2\$" '/^\.S[hs] / { inside = $0 ~ title; next } inside' "$1"
}

# the items of a list: the words behind ".It MACRO"
items() { # $1 page, $2 title, $3 macro
	section "$1" "$2" | sed -n "s/^\.It $3 //p"
}

help_of() { "$KCB" "$1" --help; }
commands() { "$KCB" --help | sed -n '/^commands:/,/^$/s/^  \([a-z-]*\) .*/\1/p'; }

# the long options that a help explains
explained() { sed -n '/^options:/,/^$/s/^  .*\(--[a-z-]*\).*$/\1/p' | sed 's/ .*//'; }

# the long options in a text
options_in() { tr -c 'a-z0-9-' '\n' | grep '^--[a-z]' || :; }

# mdoc's "Fl -force" as --force
as_options() { tr ' ' '\n' | sed -n '/^Fl$/{n;s/^-\([a-z]\)/--\1/p;}' | grep '^--' || :; }

# ---- manual pages ----

the_manual_pages_are_good_mdoc() {
	command -v mandoc >/dev/null || { echo "mandoc is not installed"; return 77; }
	mandoc -Tlint -W warning "$kcb_1" "$json_5" "$plugin_7"
}

each_page_that_is_referred_to_exists() {
	sed -n 's/^\.Xr \([^ ]*\) \([1-9]\).*/\1.\2/p' "$kcb_1" "$json_5" "$plugin_7" | sort -u >"$dir/pages"
	[ "$(wc -l <"$dir/pages")" -eq 3 ]
	while read -r page; do
		[ -f "$top/packaging/man/$page" ] || { echo "there is no $page"; return 1; }
	done <"$dir/pages"
}

# ---- kcb(1) ----

kcb_1_has_every_command_and_no_other() {
	commands >"$dir/help"
	items "$kcb_1" COMMANDS Cm | sed 's/ .*//' >"$dir/page"
	same "kcb --help" "$dir/help" kcb.1 "$dir/page"
}

kcb_1_shows_each_command_with_its_own_options() {
	for command in $(commands); do
		help_of "$command" | sed 1q | options_in >"$dir/help"
		items "$kcb_1" COMMANDS Cm | sed -n "/^$command\( \|\$\)/p" | as_options >"$dir/page"
		cmp -s "$dir/help" "$dir/page" && continue
		echo "$command: the help says $(tr '\n' ' ' <"$dir/help"), kcb.1 $(tr '\n' ' ' <"$dir/page")"
		return 1
	done
}

kcb_1_shows_each_command_with_its_arguments() {
	for command in $(commands); do
		help_of "$command" | sed '1s/-c SERVICE.json//;1q' | tr -c 'A-Za-z-' '\n' | grep '^[A-Z][A-Z]*$' >"$dir/help" || :
		items "$kcb_1" COMMANDS Cm | sed -n "/^$command\( \|\$\)/p" | tr ' ' '\n' | grep '^[A-Z][A-Z]*$' >"$dir/page" || :
		cmp -s "$dir/help" "$dir/page" && continue
		echo "$command: the help says $(tr '\n' ' ' <"$dir/help"), kcb.1 $(tr '\n' ' ' <"$dir/page")"
		return 1
	done
}

kcb_1_explains_every_option_and_no_other() {
	{
		"$KCB" --help | explained
		for command in $(commands); do help_of "$command" | explained; done
	} >"$dir/help"
	section "$kcb_1" 'Options of .*' | grep '^\.It' | as_options >"$dir/page"
	same "kcb --help" "$dir/help" kcb.1 "$dir/page"
}

# "Not taken by" and the commands, for each option that not every command takes
kcb_1_says_which_commands_do_not_take_a_common_option() {
	for command in $(commands); do
		help_of "$command" | explained >"$dir/taken"
		"$KCB" --help | explained | grep -vxFf "$dir/taken" | sed "s/\$/ $command/" || :
	done >"$dir/help"
	section "$kcb_1" 'Options of every command.*' | awk '
		/^\.It/ { option = $0; sub(/.* Fl -/, "--", option); sub(/ .*/, "", option); not = 0 }
		/^Not taken by$/ { not = 1; next }
		not && /^\.Cm / { for (i = 2; i <= NF; i++) if ($i ~ /^[a-z-]+$/) print option, $i; if (/\.$/) not = 0 }
	' >"$dir/page"
	same "kcb --help" "$dir/help" kcb.1 "$dir/page"
}

kcb_1_has_every_short_option() {
	"$KCB" --help | sed -n '/^options:/,/^$/s/^  \(-[a-zA-Z]\), .*/\1/p' >"$dir/help"
	section "$kcb_1" 'Options of .*' | sed -n 's/^\.It Fl \([a-zA-Z]\) .*/-\1/p' >"$dir/page"
	same "kcb --help" "$dir/help" kcb.1 "$dir/page"
}

kcb_1_has_every_exit_code_with_its_name() {
	"$KCB" --help | sed -n '/^exit codes:/,/^$/p' | tr '\n' ' ' | sed 's/exit codes://' | tr ',' '\n' |
		sed -n 's/^ *\([0-9]*\) \([A-Z_]\{2,\}\)\{0,1\}.*/\1 \2/p' >"$dir/help"
	section "$kcb_1" 'EXIT STATUS' | awk '
		/^\.It/ { code = $2; getline; name = ""; if (match($0, /(^|or )[A-Z][A-Z_]+:/)) {
			name = substr($0, RSTART, RLENGTH); gsub(/or |:/, "", name) } print code, name }' >"$dir/page"
	# 2 is a usage error too, which has no status
	sed -i 's/^2 CONFIG$/2 /' "$dir/page"
	same "kcb --help" "$dir/help" kcb.1 "$dir/page"
}

kcb_1_has_every_variable_of_the_environment() {
	cat "$top"/plugin/*.c "$top"/core/*/*.c | tr -d '\n\t ' | grep -o 'getenv("[A-Z_]*")' | tr -dc 'A-Z_\n' >"$dir/sources"
	items "$kcb_1" ENVIRONMENT Ev >"$dir/page"
	same sources "$dir/sources" kcb.1 "$dir/page"
}

kcb_1_has_the_example_of_every_command() {
	for command in $(commands); do
		example=$(help_of "$command" | sed -n 's/^example: //p')
		[ -n "$example" ]
		section "$kcb_1" EXAMPLES | grep -qxF -- "$example" || { echo "kcb.1 lacks: $example"; return 1; }
	done
}

kcb_1_names_the_default_files() {
	"$KCB" --help | tr -s ' ()' '\n' | sed -n 's|^\(/[a-z/-]*\).*|\1|p' >"$dir/files"
	[ "$(wc -l <"$dir/files")" -eq 2 ]
	while read -r file; do
		section "$kcb_1" FILES | grep -q "^\.It Pa $file" || { echo "kcb.1 lacks $file"; return 1; }
	done <"$dir/files"
}

# ---- kafka-config-backup.json(5) ----

json_5_has_every_option_of_the_table_and_no_other() {
	sed -n 's/.*\.path = "\([^"]*\)".*/\1/p' "$top/core/config/options.c" >"$dir/table"
	awk '
		/^\.Sh / { in_section = 0 }
		/^\.Sh THE FILE ITSELF/ { in_section = 1; prefix = "" }
		/^\.Sh SECTION / { in_section = 1; print $3; prefix = $3 "." }
		in_section && /^\.It Cm / { print prefix $3 }' "$json_5" >"$dir/page"
	same "the table" "$dir/table" json.5 "$dir/page"
}

# ---- kafka_config_backup(7) ----

plugin_7_has_every_hook() {
	sed -n '/^hook_name/,/^}/s/.*return "\([a-z_]*\)".*/\1/p' "$top/hooks/status.c" | grep -v unknown >"$dir/source"
	items "$plugin_7" HOOKS Sy >"$dir/page"
	same status.c "$dir/source" "the .7" "$dir/page"
}

plugin_7_has_every_status() {
	sed -n '/^status_name/,/^}/p' "$top/hooks/status.c" | sed -n '/names/,/};/p' | grep -o '"[A-Z_]*"' | tr -d '"' >"$dir/source"
	items "$plugin_7" STATUSES Li >"$dir/page"
	same status.c "$dir/source" "the .7" "$dir/page"
}

plugin_7_has_every_flag() {
	sed -n 's/^#define \(LCP_[A-Z_]*\) *(1u << .*/\1/p' "$top/plugin/lifecycle_plugin.h" | grep -v '^LCP_HOOK_' >"$dir/source"
	items "$plugin_7" FLAGS Dv >"$dir/page"
	same lifecycle_plugin.h "$dir/source" "the .7" "$dir/page"
}

plugin_7_has_every_parameter() {
	sed -n '/^static const struct param table/,/^};/s/^\t{ "\([a-z_]*\)".*/\1/p' "$top/hooks/params.c" >"$dir/source"
	items "$plugin_7" PARAMETERS Li >"$dir/page"
	same params.c "$dir/source" "the .7" "$dir/page"
}

# ... and the hooks that take it
plugin_7_says_which_hooks_take_a_parameter() {
	tr '\n' ' ' <"$top/hooks/params.c" | sed 's/.*struct param table\[\] = {//;s/};.*//' | tr '{' '\n' |
		sed -n 's/^ *"\([a-z_]*\)", *\([A-Z_ |]*\),.*/\1 \2/p' | tr -d '|' | tr '[:upper:]' '[:lower:]' | sed 's/hook_//g' |
		awk '{ for (i = 2; i <= NF; i++) print $1, $i }' >"$dir/source"
	section "$plugin_7" PARAMETERS | awk '
		/^\.It Li/ { name = $3 }
		/^every hook/ { print name, "any" }
		name != "" && /^\.Sy/ { for (i = 2; i <= NF; i++) if ($i ~ /^[a-z_]+$/) print name, $i }' >"$dir/page"
	same params.c "$dir/source" "the .7" "$dir/page"
}

plugin_7_has_every_row_of_the_guard() {
	tr -d '\n' <"$top/hooks/guard.c" | grep -o 'GUARD_[A-Z_]*,[[:space:]]*"[a-z ]*"' | sed 's/.*"\(.*\)"/\1/' >"$dir/source"
	items "$plugin_7" 'THE GUARD' Li >"$dir/page"
	same guard.c "$dir/source" "the .7" "$dir/page"
}

plugin_7_has_the_rules_R1_to_R12() {
	for i in 1 2 3 4 5 6 7 8 9 10 11 12; do echo "R$i"; done >"$dir/source"
	items "$plugin_7" 'THE RULES' Sy >"$dir/page"
	same "1 to 12" "$dir/source" "the .7" "$dir/page"
}

plugin_7_has_every_member_of_the_report() {
	sed -n '/^report_json/,/^}/p;/^write_\(kinds\|snapshot\|anchor\|phases\|entry\)/,/^}/p' "$top/hooks/report.c" |
		grep -o '\(json_key[a-z_]*\|write_list\)(&\{0,1\}j, "[a-z_]*"' | sed 's/.*"\(.*\)"/\1/' | sort -u >"$dir/members"
	[ "$(wc -l <"$dir/members")" -gt 20 ]
	section "$plugin_7" 'THE REPORT' >"$dir/text"
	section "$plugin_7" 'The loss ledger' >>"$dir/text"
	grep '^\.\(It \|Pq \)\{0,1\}Li ' "$dir/text" | tr -s ' ' '\n' >"$dir/page"
	while read -r member; do
		grep -qx "$member" "$dir/page" || { echo "the .7 lacks $member"; return 1; }
	done <"$dir/members"
}

plugin_7_has_every_word_of_the_ledger() {
	cat "$top"/hooks/*.c | tr -d '\n' | tr -s ' \t' ' ' | grep -o 'report_ledger(&o->report[^;]*;' |
		sed 's/"%s"//g' >"$dir/calls"
	[ "$(wc -l <"$dir/calls")" -gt 10 ]
	items "$plugin_7" 'The loss ledger' Li >"$dir/page"
	# each call has one of the words, and each word stands in a call
	while read -r call; do
		found=
		while read -r word; do
			case $call in *"\"$word\""*) found=yes ;; esac
		done <"$dir/page"
		[ -n "$found" ] || { echo "no word of the .7 is in: $call"; return 1; }
	done <"$dir/calls"
	while read -r word; do
		grep -qF "\"$word\"" "$dir/calls" || { echo "nobody says: $word"; return 1; }
	done <"$dir/page"
}

plugin_7_has_the_result_of_every_command() {
	sed -n '/^command_steps/,/^}/p' "$top/hooks/command.c" | grep -o '{ "[a-z]*"' | tr -dc 'a-z\n' >"$dir/source"
	items "$plugin_7" 'THE RESULT OF A COMMAND' Li >"$dir/page"
	same command.c "$dir/source" "the .7" "$dir/page"
}

# ---- what the texts tell people to run ----

# A text's "kcb COMMAND ..." is a command that exists, and its long options are its own.
kcb_can_do() { # stdin: one command line each
	while read -r line; do
		command=$(echo "$line" | sed 's/^kcb *//;s/ .*//')
		case $command in
		'' | COMMAND | -*) command= ;;
		*) commands | grep -qxF -- "$command" || { echo "no such command: $line"; return 1; } ;;
		esac
		"$KCB" ${command:+"$command"} --help | explained >"$dir/known"
		for option in $(echo "$line" | options_in); do
			grep -qxF -- "$option" "$dir/known" || { echo "no such option: $line"; return 1; }
		done
	done
}

the_commands_in_the_texts_exist() {
	for text in README.md CONTRIBUTING.md core/seal/FORMAT.md packaging/configuration.md; do
		sed -n 's/^    \(kcb .*\)/\1/p' "$top/$text" | sed 's/   .*//;s/ *#.*//'
		grep -o '`kcb [^`]*`' "$top/$text" | tr -d '`' || :
	done >"$dir/lines"
	[ "$(wc -l <"$dir/lines")" -gt 10 ]
	kcb_can_do <"$dir/lines"
}

the_commands_in_the_sentences_of_the_guard_exist() {
	cat "$top"/hooks/*.c | tr -d '\n' | sed 's/"[[:space:]]*"//g' | grep -o '`kcb [a-z][^`]*`' | tr -d '`' >"$dir/lines"
	sed -n 's/^\.Ql \(kcb .*\)/\1/p' "$plugin_7" | sed 's/ [;,.]$//' >>"$dir/lines"
	[ "$(wc -l <"$dir/lines")" -gt 10 ]
	kcb_can_do <"$dir/lines"
}

the_programs_and_files_in_the_texts_exist() {
	for text in README.md CONTRIBUTING.md CHANGELOG.md; do
		sed 's/[^ ]*<[^ ]*//g' "$top/$text" | grep -o '\(packaging\|tests\|core\|hooks\|plugin\)/[A-Za-z0-9_./-]*[A-Za-z0-9]'
		grep -o '](\([A-Za-z/._-]*\))' "$top/$text" | tr -d ']()' || :
	done | sort -u >"$dir/files"
	while read -r file; do
		[ -e "$top/$file" ] || { echo "there is no $file"; return 1; }
	done <"$dir/files"
	for program in $(sed -n 's|^    \([a-z]*/[a-z/]*\|\./[a-z]*\.sh\)\( .*\)\{0,1\}$|\1|p' "$top/README.md" "$top/CONTRIBUTING.md"); do
		[ -x "$top/$program" ] || { echo "$program cannot be run"; return 1; }
	done
}

# ---- CONTRIBUTING.md ----

# "FOLDER WORD" for each word that the house has for a folder, and "FOLDER" alone
house() {
	sed -n '/^## The house/,/^## /p' "$top/CONTRIBUTING.md" | sed -n '/^```/,/^```/p' | awk '
		/^```/ { next }
		/^[a-z]/ { folder = $1; sub(/\/$/, "", folder); print folder; $1 = "" }
		{ for (i = 1; i <= NF; i++) { w = $i; gsub(/^\(|[,:;.)]+$/, "", w); if (w != "") print folder, w } }'
}

the_house_has_every_folder_and_no_other() {
	house | grep -v ' ' >"$dir/house"
	for folder in "$top"/*/ "$top"/core/*/; do
		folder=${folder%/}
		case ${folder#"$top/"} in build* | _* | autom4te.cache | core | kafka-config-backup-*) continue ;; esac
		[ -n "$(find "$folder" -type f ! -path '*/.*' ! -name '*.o' ! -name '*.lo' ! -name '*.log' ! -name '*.trs' | sed 1q)" ] || continue
		echo "${folder#"$top/"}"
	done >"$dir/tree"
	same CONTRIBUTING.md "$dir/house" "the tree" "$dir/tree"
}

the_files_that_the_house_names_exist() {
	house | sed -n 's|^\([^ ]*\) \(.*\.[ch]\)$|\1/\2|p;s|^\([^ ]*\) \([A-Z]*\.md\)$|\1/\2|p;s|^tests \(.*\)|tests/\1|p' >"$dir/files"
	[ "$(wc -l <"$dir/files")" -gt 20 ]
	while read -r file; do
		# shellcheck disable=SC2086  # the house has patterns
		ls -d "$top"/$file >/dev/null 2>&1 || { echo "there is no $file"; return 1; }
	done <"$dir/files"
}

# ---- FORMAT.md ----

format_has_an_example_of_every_kind_that_is_captured() {
	grep -o '&[a-z_]*_ops' "$top/hooks/kinds.c" | tr -d '&' >"$dir/ops"
	while read -r ops; do
		cat "$top"/core/*/*.c | sed -n "/struct kind_ops $ops = {/,/};/p" | grep -o -m 1 'KIND_[A-Z_]*' | sed 's/KIND_//;1q' | tr '[:upper:]' '[:lower:]'
	done <"$dir/ops" >"$dir/kinds"
	[ -s "$dir/ops" ]
	[ "$(wc -l <"$dir/kinds")" -eq "$(wc -l <"$dir/ops")" ]
	printf '%s\n' carried identity summary >>"$dir/kinds"
	sed -n '/^```lines/,/^```$/p' "$top/core/seal/FORMAT.md" >"$dir/lines"
	while read -r kind; do
		grep -qF "\"kind\":\"$kind\"" "$dir/lines" || { echo "FORMAT.md has no line of $kind"; return 1; }
	done <"$dir/kinds"
}

[ -x "$KCB" ] || { echo "not ok 1 - there is no $KCB"; exit 1; }
for name in $(sed -n 's/^\([a-zA-Z0-9_]*_[a-zA-Z0-9_]*\)() {.*$/\1/p' "$0"); do
	case $name in help_of | options_in | as_options | kcb_can_do) continue ;; esac
	t "$name"
done
echo "1..$tests"
[ "$failed" = 0 ]
