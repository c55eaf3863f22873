/* azure_answer.c - what Azure's Blob service answers: lists, and what errors mean; see azure.h */
#include <stdio.h>
#include <string.h>

#include "core/store/azure.h"
#include "core/store/s3.h"
#include "core/store/xml.h"

struct listing {
	struct cloud_page *page;
	bool seen; /* the right element */
};

static int
take_listed(void *arg, const char *path, const char *text, size_t len, struct err *e)
{
	struct listing *l = arg;

	if (strcmp(path, "EnumerationResults/Blobs/Blob/Name") == 0 && cloud_page_add(l->page, text, len) != 0)
		return err_memory(e, "listing a store");
	if (strcmp(path, "EnumerationResults/NextMarker") == 0 && len > 0) {
		l->page->more = true;
		l->page->token = arena_copy(&l->page->texts, text, len);
		if (l->page->token == NULL)
			return err_memory(e, "listing a store");
	}
	l->seen |= strcmp(path, "EnumerationResults") == 0;
	return 0;
}

int
azure_listed(const struct http_response *answer, struct cloud_page *page, struct err *e)
{
	struct listing l = { .page = page };
	int rc = xml_read(answer->body, answer->len, take_listed, &l, e);

	if (rc == 0 && !l.seen)
		rc = err_set(e, ERR_CORRUPT, "the answer is not that of List Blobs: is this an endpoint of Azure's "
		                             "Blob service?");
	return rc;
}

bool
azure_hidden(const struct http_response *answer)
{
	return strcmp(http_header(answer, "x-ms-delete-type-permanent"), "false") == 0 ||
	       http_header(answer, "x-ms-version-id")[0] != '\0';
}

static void
code_of(const struct http_response *answer, char code[CLOUD_CODE_MAX])
{
	const char *name = http_header(answer, "x-ms-error-code");

	if (name[0] == '\0')
		s3_code(answer, code);
	else if (strlen(name) < CLOUD_CODE_MAX)
		(void)snprintf(code, CLOUD_CODE_MAX, "%s", name); /* fits */
}

#define NOT_OURS "the account key is another account's, or the SAS or the token is wrong or has expired"
#define MISSING_RIGHT                                                                              \
	"a right is missing (Storage Blob Data Contributor on the container, or in a SAS: rwdl), or the "  \
	"account's firewall does not let this machine in, or the key is another account's"

/* One table of what is tried again, and of what is final, and who has to act then. */
static const struct cloud_meaning meanings[] = {
	{ "ServerBusy", CLOUD_FEWER, ERR_AGAIN, "it asks for fewer requests" },
	{ "OperationTimedOut", CLOUD_AGAIN, ERR_AGAIN, "it was too slow" },
	{ "InternalError", CLOUD_AGAIN, ERR_AGAIN, "it failed by itself" },
	{ "ContainerBeingDeleted", CLOUD_FINAL, ERR_CONFIG, "the container is being deleted: correct store.container" },
	{ "AccountBeingCreated", CLOUD_AGAIN, ERR_AGAIN, "the account is being made" },
	{ "Crc64Mismatch", CLOUD_DAMAGED, ERR_CORRUPT, "the bytes came as others than were sent" },
	{ "Md5Mismatch", CLOUD_DAMAGED, ERR_CORRUPT, "the bytes came as others than were sent" },
	{ "BlobAlreadyExists", CLOUD_FINAL, ERR_EXISTS, "the object is there already" },
	{ "ConditionNotMet", CLOUD_FINAL, ERR_EXISTS, "the object is there already" },
	{ "BlobImmutableDueToPolicy", CLOUD_FINAL, ERR_OPERATOR, "a policy of the container keeps it unchanged" },
	{ "BlobArchived", CLOUD_FINAL, ERR_OPERATOR, "the object was moved to the archive: rehydrate it there" },
	{ "SnapshotsPresent", CLOUD_FINAL, ERR_OPERATOR, "somebody made snapshots of it: remove those first" },
	{ "LeaseIdMissing", CLOUD_FINAL, ERR_OPERATOR, "somebody holds a lease on it: break it" },
	{ "BlobNotFound", CLOUD_FINAL, ERR_MISSING, "there is no such object" },
	{ "ContainerNotFound", CLOUD_FINAL, ERR_CONFIG,
	  "there is no such container: correct store.container or store.endpoint, or make it" },
	{ "ContainerDisabled", CLOUD_FINAL, ERR_OPERATOR, "the container was closed" },
	{ "ResourceNotFound", CLOUD_FINAL, ERR_CONFIG,
	  "there is no such container or account: correct store.container, store.account or store.endpoint" },
	{ "AccountIsDisabled", CLOUD_FINAL, ERR_OPERATOR, "the account was closed" },
	{ "InvalidResourceName", CLOUD_FINAL, ERR_CONFIG, "correct store.container" },
	{ "AuthenticationFailed", CLOUD_KEY, ERR_DENIED, NOT_OURS },
	{ "InvalidAuthenticationInfo", CLOUD_KEY, ERR_DENIED, NOT_OURS },
	{ "NoAuthenticationInformation", CLOUD_KEY, ERR_DENIED, NOT_OURS },
	{ "AuthorizationFailure", CLOUD_KEY, ERR_DENIED, MISSING_RIGHT },
	{ "AuthorizationPermissionMismatch", CLOUD_KEY, ERR_DENIED, "" },
	{ "InsufficientAccountPermissions", CLOUD_KEY, ERR_DENIED, MISSING_RIGHT },
	{ "AuthorizationResourceTypeMismatch", CLOUD_FINAL, ERR_DENIED, "the SAS is not for containers and objects" },
	{ "AuthorizationServiceMismatch", CLOUD_FINAL, ERR_DENIED, "the SAS is not for the Blob service" },
	{ "AuthorizationProtocolMismatch", CLOUD_FINAL, ERR_DENIED, "the SAS is for https alone" },
	{ "AuthorizationSourceIPMismatch", CLOUD_FINAL, ERR_DENIED, "the SAS is for other machines' addresses" },
	{ "KeyBasedAuthenticationNotPermitted", CLOUD_FINAL, ERR_DENIED,
	  "the account takes no account key: use managed_identity or workload_identity" },
	{ "PublicAccessNotPermitted", CLOUD_FINAL, ERR_DENIED, NOT_OURS },
	{ "RequestBodyTooLarge", CLOUD_FINAL, ERR_OPERATOR, "it takes no objects of that size" },
	{ "UnsupportedHeader", CLOUD_FINAL, ERR_UNSUPPORTED, "it cannot do that" },
	{ "NotImplemented", CLOUD_FINAL, ERR_UNSUPPORTED, "it cannot do that" },
};

const struct cloud_errors azure_errors = {
	.meanings = meanings, .count = LENGTH(meanings), .code = code_of,
	.denied = "AuthorizationPermissionMismatch", .clock = "AuthenticationFailed",
	.kept = "BlobImmutableDueToPolicy",
	.list = "the right to list (Storage Blob Data Contributor; in a SAS: l)",
	.read = "the right to read (Storage Blob Data Contributor; in a SAS: r)",
	.write = "the right to write (Storage Blob Data Contributor; in a SAS: w)",
	.remove = "the right to delete (Storage Blob Data Contributor; in a SAS: d)",
};
