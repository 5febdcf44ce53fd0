/* Unit tests of what the service says of operations: lib/gcp. */
/* SPDX-License-Identifier: MIT */
#undef NDEBUG
#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "gcp/compare.h"
#include "gcp/job.h"
#include "gcp/operation.h"

/* Reads an operation with these members of its metadata, and more of its own.
 */
static struct operation
read_operation(const char *metadata, const char *more)
{
	char *text = xasprintf("{\"name\":\"transferOperations/x\","
			       "\"metadata\":{%s},\"done\":true%s}",
	    metadata, more);
	json_object *o = json_tokener_parse(text);
	struct operation op;

	memset(&op, 0, sizeof(op));
	if (o == NULL || operation_read(o, &op) == -1) {
		fprintf(stderr, "not read: %s\n", text);
		abort();
	}
	json_object_put(o);
	free(text);
	return op;
}

/* want NULL: a success. */
static void
check(const char *metadata, const char *more, const char *want)
{
	struct operation op = read_operation(metadata, more);
	char *got = operation_wrong(&op);

	if (got == NULL || want == NULL ? got != want
					: strcmp(got, want) != 0) {
		fprintf(stderr, "%s%s\ngives  %s\nnot    %s\n", metadata, more,
		    got != NULL ? got : "success",
		    want != NULL ? want : "success");
		abort();
	}
	free(got);
	operation_free(&op);
}

#define OK "\"status\":\"SUCCESS\""
#define EMPTY \
	",\"response\":{\"@type\":\"type.googleapis.com/" \
	"google.protobuf.Empty\"}"

static void
test_successes(void)
{
	check(OK, "", NULL);
	check("\"status\":3", "", NULL);
	check("\"status\":\"3\"", "", "status 3");
	check(OK ",\"counters\":{}", EMPTY, NULL);
	check(OK ",\"counters\":null,\"errorBreakdowns\":null", EMPTY, NULL);
	check(OK ",\"errorBreakdowns\":[],\"brandNew\":[1]", ",\"x\":{}", NULL);
	check(OK ",\"counters\":{\"objectsFoundFromSource\":\"1\","
		 "\"bytesFoundFromSource\":\"13\","
		 "\"objectsCopiedToSink\":\"1\",\"bytesCopiedToSink\":\"13\"}",
	    EMPTY, NULL);
	check(OK ",\"counters\":{\"objectsFoundFromSource\":1,"
		 "\"objectsCopiedToSink\":\"1\"}",
	    "", NULL);
	check(OK ",\"counters\":{\"objectsFromSourceSkippedBySync\":\"1\"}", "",
	    NULL);
	check(OK, ",\"error\":null", NULL);
}

static void
test_failures(void)
{
	check("", "", "status STATUS_UNSPECIFIED");
	check("\"status\":\"FAILED\"", EMPTY, "status FAILED");
	check("\"status\":4", "", "status FAILED");
	check("\"status\":\"ABORTED\"", EMPTY, "status ABORTED");
	check("\"status\":\"IN_PROGRESS\"", EMPTY, "status IN_PROGRESS");
	check("\"status\":99", "", "status 99");
	check("\"status\":\"A\\u0007\\nB\"", "", "status A\\x07 B");
	check(OK, ",\"error\":{\"code\":7,\"message\":\"no \\n way\"}",
	    "PERMISSION_DENIED: no way");
	check(OK, ",\"error\":{}", "UNKNOWN: no reason is given");
	check(OK, ",\"error\":[]", "UNKNOWN: no reason is given");
	check(OK ",\"counters\":{\"objectsFoundFromSource\":\"3\","
		 "\"objectsCopiedToSink\":\"2\"}",
	    "", "2 of 3 objects copied");
	check(OK ",\"counters\":{\"objectsFromSourceFailed\":\"1\"}", "",
	    "1 object of the source failed");
	check(OK ",\"counters\":{\"objectsFailedToDeleteFromSink\":\"2\"}", "",
	    "2 objects of the sink could not be deleted");
	check("\"status\":\"FAILED\",\"counters\":{"
	      "\"objectsFoundFromSource\":\"2\",\"objectsCopiedToSink\":\"1\","
	      "\"objectsFromSourceFailed\":\"1\"},\"errorBreakdowns\":[{"
	      "\"errorCode\":\"NOT_FOUND\",\"errorCount\":\"1\","
	      "\"errorLogEntries\":[{\"url\":\"gs://b/x\","
	      "\"errorDetails\":[\"gone\"]}]}]",
	    EMPTY,
	    "status FAILED; NOT_FOUND: 1 error, the first gs://b/x: gone; "
	    "1 object of the source failed; 1 of 2 objects copied");
}

static void
test_breakdowns(void)
{
	check(OK ",\"errorBreakdowns\":[{}]", "", "UNKNOWN: errors");
	check(OK ",\"errorBreakdowns\":[null,7,\"x\"]", "",
	    "UNKNOWN: errors; UNKNOWN: errors; UNKNOWN: errors");
	check(OK ",\"errorBreakdowns\":[{\"errorCode\":5,\"errorCount\":2}]",
	    "", "NOT_FOUND: 2 errors");
	check(OK ",\"errorBreakdowns\":[{\"errorCode\":{},\"errorCount\":[],"
		 "\"errorLogEntries\":[{\"url\":7,\"errorDetails\":[7]}]}]",
	    "", "UNKNOWN: errors");
	check(OK ",\"errorBreakdowns\":[{\"errorCode\":77,"
		 "\"errorLogEntries\":[7]}]",
	    "", "77: errors");
	check(OK ",\"errorBreakdowns\":[{},{},{},{},{},{},{}]", "",
	    "UNKNOWN: errors; UNKNOWN: errors; UNKNOWN: errors; UNKNOWN: "
	    "errors; "
	    "UNKNOWN: errors; 2 more codes");
}

/* What is of another type than it must be is no success. */
static void
test_odd(void)
{
	static const char *const counts[] = {"-1", "\"-1\"", "\"\"", "\"x\"",
	    "\"1 \"", "1.5", "true", "[]", "{}", "9223372036854775807",
	    "4611686018427387904", "\"4611686018427387904\"",
	    "99999999999999999999", "\"99999999999999999999\"", "\"1e3\""};
	char *metadata;
	size_t i;

	for (i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		metadata = xasprintf(
		    OK ",\"counters\":{\"bytesCopiedToSink\":%s}", counts[i]);
		check(metadata, "",
		    "bytesCopiedToSink in the answer is not understood");
		free(metadata);
	}
	check(OK ",\"counters\":{\"bytesFromSourceSkippedBySync\":"
		 "\"4611686018427387903\"}",
	    "", NULL);
	check(OK ",\"counters\":[]", "",
	    "counters in the answer is not understood");
	check(OK ",\"errorBreakdowns\":{}", "",
	    "errorBreakdowns in the answer is not understood");
	check(OK ",\"startTime\":7", "",
	    "startTime in the answer is not understood");
	check("\"status\":[]", "",
	    "status STATUS_UNSPECIFIED; status in the answer is not "
	    "understood");
	check(OK, ",\"metadata\":[]",
	    "status STATUS_UNSPECIFIED; metadata in the answer is not "
	    "understood");
	check(OK, ",\"done\":\"true\"", "done in the answer is not understood");
}

static void
test_names(void)
{
	static const char *const bad[] = {"{}", "[]", "null", "{\"name\":7}",
	    "{\"name\":\"\"}", "{\"name\":\"transferOperations/\"}",
	    "{\"name\":\"transferJobs/x\"}",
	    "{\"name\":\"transferOperations/a b\"}",
	    "{\"name\":\"transferOperations/a\\u0000b\"}",
	    "{\"name\":\"transferOperations/a\\nb\"}",
	    "{\"name\":\"transferOperations/\\u00e9\"}"};
	struct operation op;
	json_object *o;
	char *longest;
	size_t i;

	memset(&op, 0, sizeof(op));
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		o = json_tokener_parse(bad[i]);
		assert(operation_read(o, &op) == -1 && op.name == NULL);
		json_object_put(o);
	}
	longest = xasprintf("transferOperations/%01200d", 0);
	assert(!operation_is_name(longest));
	longest[1000] = '\0';
	assert(operation_is_name(longest));
	free(longest);
	assert(operation_is_name("transferOperations/transferJobs-1--2"));
}

/* A huge answer leaves little behind. */
static void
test_huge(void)
{
	size_t n = 5 << 20;
	char *big = xmalloc(n + 1), *metadata, *why;
	struct operation op;

	memset(big, 'x', n);
	big[n] = '\0';
	metadata = xasprintf("\"status\":\"%s\",\"transferJobName\":\"%s\","
			     "\"errorBreakdowns\":[{\"errorCode\":\"%s\"}]",
	    big, big, big);
	op = read_operation(metadata, "");
	why = operation_wrong(&op);
	assert(strlen(why) < 1000);
	assert(strlen(op.job) < 2000);
	free(why);
	operation_free(&op);
	free(metadata);
	free(big);
}

static void
check_job(const char *text, bool deleted, const char *latest)
{
	json_object *o = json_tokener_parse(text);
	struct job j;

	job_read(o, &j);
	assert(j.deleted == deleted && strcmp(j.latest, latest) == 0);
	job_free(&j);
	json_object_put(o);
}

static void
test_jobs(void)
{
	char *name;

	check_job("{}", false, "");
	check_job("{\"status\":\"DELETED\"}", true, "");
	check_job("{\"status\":3}", true, "");
	check_job("{\"status\":1,\"latestOperationName\":7}", false, "");
	check_job("{\"status\":[],\"latestOperationName\":\"transferJobs/x\"}",
	    false, "");
	check_job("{\"status\":\"ENABLED\",\"latestOperationName\":"
		  "\"transferOperations/x\"}",
	    false, "transferOperations/x");
	name = job_newest(NULL);
	assert(*name == '\0');
	free(name);
}

static void
check_compare(int64_t objects, int64_t bytes, int want, const char *why)
{
	struct operation op = read_operation(OK
	    ",\"counters\":{\"objectsFoundFromSource\":\"2\","
	    "\"bytesFoundFromSource\":\"10\",\"objectsCopiedToSink\":\"2\","
	    "\"objectsFromSourceSkippedBySync\":\"1\","
	    "\"bytesFromSourceSkippedBySync\":\"5\"}",
	    "");
	struct compare c = {objects, bytes};
	char *got;

	assert(compare_judge(&c, &op, &got) == want);
	assert(why == NULL ? got == NULL : strcmp(got, why) == 0);
	free(got);
	operation_free(&op);
}

static void
test_compare(void)
{
	check_compare(-1, -1, 0, NULL);
	check_compare(3, -1, 0, NULL);
	check_compare(3, 15, 0, NULL);
	check_compare(-1, 15, 0, NULL);
	check_compare(4, -1, 1, "objects: 3 found, 4 in the backup");
	check_compare(4, 15, 1, "objects: 3 found, 4 in the backup");
	check_compare(2, -1, 4, "objects: 3 found, 2 in the backup");
	check_compare(2, 14, 4, "objects: 3 found, 2 in the backup");
	check_compare(2, 16, 1, "objects: 3 found, 2 in the backup");
	check_compare(0, 0, 4, "objects: 3 found, 0 in the backup");
	check_compare(3, 14, 1, "bytes: 15 found, 14 in the backup");
	check_compare(3, 16, 1, "bytes: 15 found, 16 in the backup");
	check_compare(-1, 16, 1, "bytes: 15 found, 16 in the backup");
}

int
main(void)
{
	test_successes();
	test_failures();
	test_breakdowns();
	test_odd();
	test_names();
	test_huge();
	test_jobs();
	test_compare();
	return 0;
}
