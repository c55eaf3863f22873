/*
 * http_multi.c - see http_multi.h
 *
 * curl says which sockets it wants watched and when it wants to be called; it calls back only from
 * inside curl_multi_socket_action(), _add_handle, _remove_handle and _cleanup.  Our handles do not
 * keep the loop running, each request's own timer does: what curl has left to do when no request
 * is there (saying good-bye on connections) nobody waits for.
 */
#include <stdlib.h>

#include "core/base/cleanup.h"
#include "core/loop/http_multi.h"

struct watch {
	uv_poll_t          poll;
	struct http_multi *multi;
	int                events;
};

/*
 * Always drain: a time-out can end the last transfer, so that how many still run says nothing
 * (curl's own example for libuv loses that one).
 */
static void
act(struct http_multi *m, curl_socket_t fd, int flags)
{
	int running, left;
	CURLMsg *message;

	if (curl_multi_socket_action(m->curl, fd, flags, &running) != CURLM_OK)
		m->broken = true;
	m->acting = true;
	while ((message = curl_multi_info_read(m->curl, &left)) != NULL)
		if (message->msg == CURLMSG_DONE)
			m->ended(message->easy_handle, message->data.result);
	m->acting = false;
}

/* What ends by it act() tells of, which goes on; elsewhere nobody would, and curl's timer begins with it soon. */
void
http_multi_send_now(struct http_multi *m)
{
	int running;

	if (m->acting && curl_multi_socket_action(m->curl, CURL_SOCKET_TIMEOUT, 0, &running) != CURLM_OK)
		m->broken = true;
}

static void
on_timer(uv_timer_t *t)
{
	act(container_of(t, struct http_multi, timer), CURL_SOCKET_TIMEOUT, 0);
}

/*
 * An error (a reset, a refusal) stops the poll handle, and curl reads the reason from the socket,
 * perhaps behind an answer: so it is told of what it waits for too, and is watched on.
 */
static void
on_poll(uv_poll_t *p, int status, int events)
{
	struct watch *w = container_of(p, struct watch, poll);
	int flags = status < 0 ? CURL_CSELECT_ERR : 0;
	uv_os_fd_t fd;

	if (uv_fileno((uv_handle_t *)p, &fd) != 0)
		return;
	if (status < 0) {
		events = w->events;
		if (uv_poll_start(p, events, on_poll) != 0)
			w->multi->broken = true;
	}
	flags |= (events & UV_READABLE) != 0 ? CURL_CSELECT_IN : 0;
	flags |= (events & UV_WRITABLE) != 0 ? CURL_CSELECT_OUT : 0;
	act(w->multi, fd, flags);
}

static int
want_timer(CURLM *curl, long ms, void *arg)
{
	struct http_multi *m = arg;

	(void)curl;
	if (ms < 0)
		return uv_timer_stop(&m->timer);
	uv_update_time(&m->loop->uv);
	return uv_timer_start(&m->timer, on_timer, (uint64_t)ms, 0);
}

static void
watch_closed(uv_handle_t *h)
{
	free(container_of((uv_poll_t *)h, struct watch, poll));
}

static struct watch *
watch_new(struct http_multi *m, curl_socket_t fd)
{
	struct watch *w = calloc(1, sizeof *w);

	if (w == NULL)
		return NULL;
	if (uv_poll_init_socket(&m->loop->uv, &w->poll, fd) != 0) {
		free(w);
		return NULL;
	}
	uv_unref((uv_handle_t *)&w->poll);
	w->multi = m;
	(void)curl_multi_assign(m->curl, fd, w); /* fails only for a socket that curl does not know */
	return w;
}

static int
want_socket(CURL *easy, curl_socket_t fd, int what, void *arg, void *known)
{
	struct http_multi *m = arg;
	struct watch *w = known;

	(void)easy;
	/* Not kept for the number's next socket: closed late, it would take another client's out of epoll. */
	if (what == CURL_POLL_REMOVE) {
		if (w != NULL)
			uv_close((uv_handle_t *)&w->poll, watch_closed);
		return 0;
	}
	if (w == NULL)
		w = watch_new(m, fd);
	if (w == NULL) {
		m->broken = true;
		return -1;
	}
	w->events = ((what & CURL_POLL_IN) != 0 ? UV_READABLE : 0) |
	            ((what & CURL_POLL_OUT) != 0 ? UV_WRITABLE : 0);
	if (uv_poll_start(&w->poll, w->events, on_poll) == 0)
		return 0;
	m->broken = true;
	return -1;
}

int
http_multi_open(struct http_multi *m, struct loop *l, unsigned connections, struct err *e)
{
	m->loop = l;
	m->curl = curl_multi_init();
	if (m->curl == NULL)
		return err_memory(e, "opening an HTTP client");
	(void)uv_timer_init(&l->uv, &m->timer); /* cannot fail */
	uv_unref((uv_handle_t *)&m->timer);
	/* These cannot fail: known options of a live handle. */
	(void)curl_multi_setopt(m->curl, CURLMOPT_SOCKETFUNCTION, want_socket);
	(void)curl_multi_setopt(m->curl, CURLMOPT_SOCKETDATA, m);
	(void)curl_multi_setopt(m->curl, CURLMOPT_TIMERFUNCTION, want_timer);
	(void)curl_multi_setopt(m->curl, CURLMOPT_TIMERDATA, m);
	(void)curl_multi_setopt(m->curl, CURLMOPT_MAX_HOST_CONNECTIONS, (long)connections);
	(void)curl_multi_setopt(m->curl, CURLMOPT_MAXCONNECTS, (long)connections);
	return 0;
}

static void
timer_closed(uv_handle_t *h)
{
	struct http_multi *m = container_of((uv_timer_t *)h, struct http_multi, timer);

	m->closed(m);
}

void
http_multi_close(struct http_multi *m)
{
	(void)curl_multi_cleanup(m->curl); /* calls want_socket and want_timer for the last time */
	uv_close((uv_handle_t *)&m->timer, timer_closed);
}
