/* SPDX-License-Identifier: BSD-3-Clause */
/* Bitmaps from and to text. */
#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "base/bitmap.h"
#include "base/error.h"
#include "base/mem.h"

/* "[" + digits + "]" */
#define TEXT_LENGTH ((size_t)AML_BITMAP_MAX + 2)

static const struct {
	const char *word;
	bool full;
} words[] = {
	{"none", false}, {"zero", false}, {"empty", false},
	{"all", true},	 {"fill", true},  {"full", true},
};

static bool parse_word(struct aml_bitmap *out, const char *text)
{
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcasecmp(text, words[i].word))
			continue;
		if (words[i].full)
			aml_bitmap_fill(out);
		return true;
	}
	return false;
}

static bool parse_digits(struct aml_bitmap *out, const char *text)
{
	if (strlen(text) != TEXT_LENGTH || text[TEXT_LENGTH - 1] != ']' ||
	    strspn(text + 1, "01") != AML_BITMAP_MAX)
		return false;
	for (unsigned i = 0; i < AML_BITMAP_MAX; i++)
		if (text[1 + i] == '1')
			aml_bitmap_set(out, i);
	return true;
}

/* Steps over blanks, one number below AML_BITMAP_MAX, blanks. */
static bool parse_index(const char **at, unsigned *out)
{
	const char *digits = *at + strspn(*at, " \t");
	size_t n = strspn(digits, "0123456789");

	*out = 0;
	for (size_t i = 0; i < n; i++) {
		*out = *out * 10 + (unsigned)(digits[i] - '0');
		if (*out >= AML_BITMAP_MAX)
			return false;
	}
	*at = digits + n + strspn(digits + n, " \t");
	return n > 0;
}

static bool parse_list(struct aml_bitmap *out, const char *at)
{
	unsigned first, last;

	for (;; at++) {
		if (!parse_index(&at, &first))
			return false;
		last = first;
		if (*at == '-') {
			at++;
			if (!parse_index(&at, &last))
				return false;
		}
		if (first > last)
			return false;
		aml_bitmap_set_range(out, first, last);
		if (*at != ',')
			return !*at;
	}
}

int aml_bitmap_from_string(struct aml_bitmap *bitmap, const char *bitmap_str)
{
	struct aml_bitmap out = {{0}};
	const char *text = bitmap_str ? bitmap_str : "none";

	if (!bitmap)
		return amli_fail(AML_EINVAL, "bitmap is NULL");
	if (text[0] == '[' ? !parse_digits(&out, text)
			   : !parse_word(&out, text) && !parse_list(&out, text))
		return amli_fail(AML_FAILURE,
				 "'%.40s' is not a set: use \"none\", \"all\", numbers and ranges "
				 "below %d as in \"0,2,5-7\", or \"[...]\" with %d digits 0 and 1",
				 text, AML_BITMAP_MAX, AML_BITMAP_MAX);
	*bitmap = out;
	return 0;
}

char *aml_bitmap_to_string(const struct aml_bitmap *bitmap)
{
	char *text;

	if (!bitmap)
		return amli_fail_null(AML_EINVAL, "bitmap is NULL");
	text = amli_calloc(1, TEXT_LENGTH + 1);
	if (!text)
		return amli_fail_null(AML_ENOMEM, "no memory for the text of a bitmap");
	text[0] = '[';
	for (unsigned i = 0; i < AML_BITMAP_MAX; i++)
		text[1 + i] = aml_bitmap_isset(bitmap, i) == 1 ? '1' : '0';
	text[TEXT_LENGTH - 1] = ']';
	return text;
}
