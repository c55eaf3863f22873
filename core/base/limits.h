/*
 * limits.h - every maximum of the project, each with its reason.  What is beyond one gets a clear
 * error that names it; nothing is cut in silence.
 */
#ifndef LIMITS_H
#define LIMITS_H

/* What a person writes. */
#define CONFIG_TEXT_MAX    (256u << 10) /* a service's file; the longest sensible one is some 10 KiB */
#define CONFIG_DEPTH_MAX   8            /* section, list, {"file": ...}, and some room */
#define PARAMS_TEXT_MAX    (64u << 10)  /* a request's parameters */
#define SERVICE_ID_MAX     64u          /* part of every object name */
#define KEY_FILE_MAX       1024u        /* one line */
#define SECRET_FILE_MAX    (64u << 10)  /* a password, or a PEM file */
#define RECIPIENTS_MAX     16u          /* 88 bytes each in every snapshot's header */
#define SIGNERS_MAX        16u

/* What a snapshot may be. */
#define DOCUMENT_BODY_MAX  (64u << 20)  /* compressed; held in memory until the header is final */
#define DOCUMENT_SIZE_MAX  (1u << 30)   /* not compressed; never held in memory at once */
#define LINE_MAX_BYTES     (16u << 20)  /* a topic of 100,000 partitions is some 2 MiB of placement */
#define KEY_MAX_BYTES      4096u        /* the longest name is a principal in an ACL */
#define JSON_DEPTH_MAX     32           /* of what servers and documents hold */
#define CLUSTER_ID_MAX     64u          /* Kafka makes 22; people have made longer ones */
#define RECORD_TEXT_MAX    (1u << 20)   /* a claim, adoption or decision: 1,000 topic ids are 24 KiB */
#define ADOPTION_TOPICS_MAX 1000u       /* DESIGN R1: enough to know the cluster again */

/* What a store may answer. */
#define OBJECT_NAME_MAX    512u
#define STORE_PAGE_MAX     1000u        /* names in one page, as S3 gives */
#define STORE_OBJECTS_MAX  1000000u     /* names in one folder of a directory */
#define RECORDS_READ_MAX   64u          /* claims, adoptions and decisions read in one operation */
#define LIST_NAMES_MAX     10000u       /* in one answer of `list`: a few MB */
#define LIST_LONG_MAX      1000u        /* ... with headers, of 1.3 KB each as JSON */
#define SNAPSHOTS_TRIED_MAX 64u         /* headers read in the search for the newest good one */

/* What a cluster may answer. */
#define TOPICS_MAX         1000000u
#define TOPIC_LOG_MAX      (192u << 20) /* bytes of a registry's topic: 100,000 versions of 1.2 KiB are 120 MiB */
#define TOPIC_LOG_RECORDS_MAX 1000000u  /* and records */
#define TOPIC_LOG_TIMEOUT_MS 120000u    /* to read or write all of it; 10,000 records take a second */
#define ERRORS_NAMED_MAX   1000u        /* entries of one report's ledger; the rest is counted */

#endif
