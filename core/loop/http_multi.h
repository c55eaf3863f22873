/* http_multi.h - a curl multi handle on the loop; for http.c and knock.c alone. */
#ifndef HTTP_MULTI_H
#define HTTP_MULTI_H

#include <curl/curl.h>

#include "core/loop/loop.h"

struct http_multi {
	CURLM       *curl;
	struct loop *loop;
	uv_timer_t   timer;
	bool         acting; /* a transfer that has ended is being told of */
	bool         broken; /* a descriptor could not be watched: nothing more will end */
	void (*ended)(CURL *easy, CURLcode result); /* may start and remove transfers */
	void (*closed)(struct http_multi *m);       /* the memory is the owner's again */
};

/* ended and closed are set, the rest zero.  On an error closed is not called. */
int  http_multi_open(struct http_multi *m, struct loop *l, unsigned connections, struct err *e);
void http_multi_close(struct http_multi *m);

/* From inside of `ended`: begin with what was started, and do not wait for the loop to turn.  Elsewhere nothing. */
void http_multi_send_now(struct http_multi *m);

#endif
