/* host_users.c - see host_users.h */
#include "tests/live/host_users.h"

#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static FILE *
open_file(const char *folder, const char *name, const char *how)
{
	char path[1024];

	(void)snprintf(path, sizeof path, "%s/%s", folder, name);
	return fopen(path, how);
}

static bool
is_there(const char *folder, const char *name)
{
	FILE *f = open_file(folder, name, "r");

	if (f != NULL)
		(void)fclose(f);
	return f != NULL;
}

static int32_t
give(const char *folder, const char *name, lcp_user_fn fn, void *arg)
{
	struct lcp_user user = { .size = sizeof user };
	char credential[4096], text[512], *at;
	FILE *f = open_file(folder, name, "r");

	(void)snprintf(text, sizeof text, "%s", name);
	at = strchr(text, '@');
	if (f == NULL || at == NULL)
		return 5;
	*at = '\0';
	user.name = text;
	user.mechanism = at + 1;
	user.credential = credential;
	user.credential_len = fread(credential, 1, sizeof credential, f);
	(void)fclose(f);
	return fn(arg, &user);
}

int32_t
host_users_each(const char *folder, lcp_user_fn fn, void *arg)
{
	const struct dirent *entry;
	int32_t rc = 0;
	DIR *d;

	if (is_there(folder, ".broken"))
		return 71;
	d = opendir(folder);
	if (d == NULL)
		return 2;
	while (rc == 0 && (entry = readdir(d)) != NULL)
		if (entry->d_name[0] != '.')
			rc = give(folder, entry->d_name, fn, arg);
	(void)closedir(d);
	return rc;
}

static bool
is_refused(const char *folder, const char *name)
{
	FILE *f = open_file(folder, ".refused", "r");
	bool refused = false;
	char line[512];

	if (f == NULL)
		return false;
	while (!refused && fgets(line, sizeof line, f) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		refused = strcmp(line, name) == 0;
	}
	(void)fclose(f);
	return refused;
}

int32_t
host_users_put(const char *folder, const struct lcp_user *user)
{
	char name[512];
	FILE *f;

	if (is_refused(folder, user->name))
		return 13;
	(void)snprintf(name, sizeof name, "%s@%s", user->name, user->mechanism);
	f = open_file(folder, name, "wx"); /* never one that is there */
	if (f == NULL)
		return 17;
	(void)fwrite(user->credential, 1, user->credential_len, f);
	return fclose(f) == 0 ? 0 : 5;
}
