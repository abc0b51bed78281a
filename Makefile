EXTENSION = pg_acu
EXTVERSION = $(shell sed -n "s/^default_version *= *'\(.*\)'/\1/p" $(EXTENSION).control)

PG_CONFIG ?= pg_config
PGXS := $(shell $(PG_CONFIG) --pgxs 2>/dev/null)
ifeq ($(wildcard $(PGXS)),)
$(error PostgreSQL's server headers are missing, which the HTTP server needs as well: \
	install them (Debian: postgresql-server-dev-NN), or name another version by \
	PG_CONFIG=/path/to/pg_config)
endif

# Folders of pure C: no PostgreSQL, no clock.  Both programs have src/common.
PURE_LIBRARY = $(foreach folder,common model stats,$(sort $(wildcard src/$(folder)/*.c)))
PURE_HTTPD = $(foreach folder,base wire http routes,$(sort $(wildcard src/httpd/$(folder)/*.c)))

# The library
MODULE_big = $(EXTENSION)
SOURCES = src/pg_acu.c $(PURE_LIBRARY) \
	$(foreach folder,backend api workload/* capacity,$(sort $(wildcard src/$(folder)/*.c)))
OBJS = $(SOURCES:.c=.o)
# NDEBUG: a failed assert() of the pure code ends a test, but must not end a server
# -isystem: what -Wextra has to say of PostgreSQL's headers is not ours to mend
PG_CPPFLAGS = -Isrc -D_GNU_SOURCE -DNDEBUG -DPG_ACU_VERSION='"$(EXTVERSION)"' -isystem $(shell $(PG_CONFIG) --includedir-server)
PG_CFLAGS = -Wextra
SHLIB_EXPORTS = exports.txt

# The HTTP server, a program of its own.  Where a library that it needs is missing, make
# builds the extension alone and says so; with WITH_HTTPD=yes, and by "make httpd", that
# is an error, with WITH_HTTPD=no the server is not built.
HTTPD = pg_acu_httpd
WITH_HTTPD ?= $(if $(filter httpd install-httpd,$(MAKECMDGOALS)),yes,auto)
HTTPD_SOURCES = $(sort $(wildcard src/common/*.c)) $(PURE_HTTPD) \
	$(foreach folder,db protocols net,$(sort $(wildcard src/httpd/$(folder)/*.c))) \
	$(sort $(wildcard src/httpd/*.c))
# llhttp comes as a library, or (Debian 12) as the C files of node-llhttp
LLHTTP_SOURCES = $(wildcard /usr/share/llhttp/*.c)
LLHTTP_INCLUDE = $(wildcard /usr/share/include/llhttp)
HTTPD_OBJS = $(patsubst src/%.c,build/src/%.o,$(HTTPD_SOURCES)) \
	$(patsubst /usr/share/llhttp/%.c,build/llhttp/%.o,$(LLHTTP_SOURCES))
HTTPD_CPPFLAGS = -Isrc $(addprefix -isystem ,$(LLHTTP_INCLUDE)) \
	-isystem $(shell $(PG_CONFIG) --includedir-server) \
	-isystem $(shell $(PG_CONFIG) --includedir) \
	-D_GNU_SOURCE -DPG_ACU_VERSION='"$(EXTVERSION)"'
HTTPD_LIBS = $(if $(LLHTTP_SOURCES),,-lllhttp) -levent_core -lpq \
	$(PGCOMMON_LIBS) -lssl -lcrypto -lm
# Debian has PostgreSQL's static libraries in a folder for each version
PGCOMMON_LIBS = -L$(shell $(PG_CONFIG) --pkglibdir) -L$(shell $(PG_CONFIG) --libdir) \
	-lpgcommon -lpgport

has_header = $(shell $(CC) $(HTTPD_CPPFLAGS) -include $(1) -E -x c /dev/null >/dev/null 2>&1 && echo yes)
needs = $(if $(call has_header,$(1)),,$(2))
HTTPD_MISSING := $(if $(filter no,$(WITH_HTTPD)),,$(strip \
	$(call needs,libpq-fe.h,libpq-dev) \
	$(call needs,event2/event.h,libevent-dev) \
	$(call needs,llhttp.h,libllhttp-dev (Debian 12: node-llhttp)) \
	$(call needs,openssl/ssl.h,libssl-dev)))
ifeq ($(filter no,$(WITH_HTTPD))$(HTTPD_MISSING),)
HTTPD_IS_BUILT = yes
SCRIPTS_built = $(HTTPD)
else ifeq ($(WITH_HTTPD),yes)
$(error $(HTTPD) needs what Debian has in $(HTTPD_MISSING))
endif

# The SQL: one part per subject, joined in order; the lists of prices, as INSERTs,
# come behind the part that makes their tables
SQL_PARTS = $(foreach part,$(sort $(wildcard sql/$(EXTENSION)/*.sql)),\
	$(part) $(if $(findstring /40-prices.sql,$(part)),build/prices.sql))
PRICE_LISTS = data/instance_classes.csv data/prices.csv data/prices_other.csv
DATA = $(wildcard sql/$(EXTENSION)--*--*.sql)
DATA_built = sql/$(EXTENSION)--$(EXTVERSION).sql

# make installcheck: against the server that PGHOST and the like name, as a superuser.  What
# other users may do is another list: make installcheck REGRESS='api unprivileged'
REGRESS = api routes workload history prices imports buckets capacity series estimates sampled
REGRESS_OPTS = --inputdir=test --load-extension=pg_stat_statements \
	--load-extension=$(EXTENSION)

EXTRA_CLEAN = exports.txt exports.list $(DATA_built) $(OBJS:.o=.d) \
	$(HTTPD) build results regression.diffs regression.out tmp_check

include $(PGXS)

ifneq ($(HTTPD_MISSING),)
all: without-httpd
endif
without-httpd: all-lib
	@rm -f $(HTTPD)
	@echo '$(HTTPD), the HTTP server, is left out: it needs what Debian has in $(HTTPD_MISSING).'
	@echo 'The extension does not need it.'

# The server alone, to run it on another machine
httpd: $(HTTPD)
install-httpd: $(HTTPD) install-link
	$(MKDIR_P) '$(DESTDIR)$(bindir)'
	$(INSTALL_SCRIPT) $(HTTPD) '$(DESTDIR)$(bindir)/'

# PGXS does not follow headers: let the compiler write down what it read.
%.o: %.c
	$(CC) $(CFLAGS) $(CPPFLAGS) -MMD -MP -c -o $@ $<
$(OBJS): Makefile
-include $(OBJS:.o=.d)

build/src/%.o: src/%.c
	@$(MKDIR_P) $(@D)
	$(CC) $(CFLAGS) $(HTTPD_CPPFLAGS) -MMD -MP -c -o $@ $<
build/llhttp/%.o: /usr/share/llhttp/%.c
	@$(MKDIR_P) $(@D)
	$(CC) $(CFLAGS) -w $(HTTPD_CPPFLAGS) -c -o $@ $<
-include $(HTTPD_OBJS:.o=.d)

$(HTTPD): $(HTTPD_OBJS)
	$(CC) $(CFLAGS) -o $@ $^ $(LDFLAGS) $(HTTPD_LIBS)

# Debian keeps PostgreSQL's programs out of PATH, so a link leads to this one: not in a
# package (DESTDIR), which has its own rules for that.
HTTPD_LINK = $(if $(DESTDIR)$(if $(HTTPD_IS_BUILT),,none),,$(if $(filter /usr/lib/postgresql/%,$(bindir)),/usr/local/bin/$(HTTPD)))
install: install-link
install-link: | installdirs
	$(if $(HTTPD_LINK),ln -sf '$(bindir)/$(HTTPD)' '$(HTTPD_LINK)')
uninstall: uninstall-link
uninstall-link:
	$(if $(HTTPD_LINK),if [ "$$(readlink '$(HTTPD_LINK)')" = '$(bindir)/$(HTTPD)' ]; then rm '$(HTTPD_LINK)'; fi)

$(DATA_built): $(SQL_PARTS) $(EXTENSION).control
	{ printf '%s\n' '\echo Use "CREATE EXTENSION $(EXTENSION)" to load this file. \quit'; \
	  cat $(SQL_PARTS); } > $@

build/prices.sql: data/prices.awk $(PRICE_LISTS)
	@$(MKDIR_P) $(@D)
	awk -f $^ > $@.part
	mv $@.part $@

# Symbols that the server calls, and no others: two for each SQL function, and the
# worker's main function.
exports.txt: $(SOURCES)
	{ echo _PG_init; echo Pg_magic_func; \
	  sed -n 's/^PG_FUNCTION_INFO_V1(\(.*\));/\1\npg_finfo_\1/p' $(SOURCES); \
	  sed -n 's/^PGDLLEXPORT void \(.*\)(Datum arg);/\1/p' $(SOURCES); \
	} | awk '{ print $$1, NR }' > $@

# The pure code by itself: no server and no sockets, under the sanitizers
PURE_SOURCES = $(PURE_LIBRARY) $(if $(HTTPD_IS_BUILT),$(PURE_HTTPD))
PURE_LIBS = $(if $(HTTPD_IS_BUILT),$(if $(LLHTTP_SOURCES),,-lllhttp) $(PGCOMMON_LIBS) -lpq -lcrypto) -lm
# Filters a list of tests: leaves out those of the HTTP server where it is not built
can_build = $(if $(HTTPD_IS_BUILT),$(1),$(filter-out $(shell grep -lE '"(httpd/|routed\.h)' $(1)),$(1)))
SANITIZE = -fsanitize=address,undefined -fno-sanitize-recover=all
UNIT_CFLAGS = -std=gnu11 -O1 -g -Wall -Wextra -Werror -MMD -MP $(SANITIZE)
UNIT_TESTS = $(patsubst test/unit/%.c,build/unit/%,\
	$(call can_build,$(sort $(shell find test/unit -name '*.c'))))
UNIT_OBJS = $(patsubst %.c,build/unit/%.o,$(PURE_SOURCES)) \
	$(patsubst /usr/share/%.c,build/unit/%.o,$(LLHTTP_SOURCES))

build/unit/src/%.o: src/%.c
	@$(MKDIR_P) $(@D)
	$(CC) $(UNIT_CFLAGS) $(HTTPD_CPPFLAGS) -c -o $@ $<
build/unit/llhttp/%.o: /usr/share/llhttp/%.c
	@$(MKDIR_P) $(@D)
	$(CC) $(UNIT_CFLAGS) -w $(HTTPD_CPPFLAGS) -c -o $@ $<
# cmocka 2 deprecates assertions for which cmocka 1 has no other name
build/unit/%: test/unit/%.c $(UNIT_OBJS)
	@$(MKDIR_P) $(@D)
	$(CC) $(UNIT_CFLAGS) -Wno-deprecated-declarations -Itest/unit $(HTTPD_CPPFLAGS) -o $@ $< $(UNIT_OBJS) -lcmocka $(PURE_LIBS)
-include $(UNIT_OBJS:.o=.d) $(UNIT_TESTS:=.d)

# The library with its assertions, which a server that was built without any can load too
ASSERTING_OBJS = $(SOURCES:%.c=build/asserting/%.o)
build/asserting/%.o: %.c
	@$(MKDIR_P) $(@D)
	$(CC) $(CFLAGS) $(CPPFLAGS) -DUSE_ASSERT_CHECKING -MMD -MP -c -o $@ $<
build/asserting/$(EXTENSION).so: $(ASSERTING_OBJS)
	$(CC) $(CFLAGS) -shared -o $@ $^
-include $(ASSERTING_OBJS:.o=.d)

# The HTTP server under the sanitizers, for the tests with real clients
SANITIZED_OBJS = $(patsubst %.c,build/unit/%.o,$(HTTPD_SOURCES)) \
	$(patsubst /usr/share/%.c,build/unit/%.o,$(LLHTTP_SOURCES))
build/unit/$(HTTPD): $(SANITIZED_OBJS)
	$(CC) $(UNIT_CFLAGS) -o $@ $^ $(HTTPD_LIBS)
-include $(SANITIZED_OBJS:.o=.d)

# Program of dev/bench model: the pure code as the library has it
build/bench/ranges: bench/ranges.c $(sort $(wildcard src/model/*.c))
	@$(MKDIR_P) $(@D)
	$(CC) -std=gnu11 -O2 -Wall -Wextra -Isrc -D_GNU_SOURCE -DNDEBUG -o $@ $^ -lm

# Fuzzing of the parsers that see what strangers send.  What is found stays in
# build/fuzz; what is worth keeping belongs in test/fuzz/corpus.
FUZZ_CC = clang
FUZZ_SECONDS = 60
FUZZ_CFLAGS = -std=gnu11 -O1 -g -Wall -Wextra -Werror -MMD -MP \
	-fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all
FUZZ_TARGETS = $(patsubst test/fuzz/%.c,%,$(call can_build,\
	$(filter-out test/fuzz/routed.c,$(wildcard test/fuzz/*.c))))
FUZZ_OBJS = $(patsubst %.c,build/fuzz/%.o,$(PURE_SOURCES) $(call can_build,test/fuzz/routed.c)) \
	$(patsubst /usr/share/%.c,build/fuzz/%.o,$(LLHTTP_SOURCES))

build/fuzz/llhttp/%.o: /usr/share/llhttp/%.c
	@$(MKDIR_P) $(@D)
	$(FUZZ_CC) $(FUZZ_CFLAGS) -w $(HTTPD_CPPFLAGS) -c -o $@ $<
build/fuzz/%.o: %.c
	@$(MKDIR_P) $(@D)
	$(FUZZ_CC) $(FUZZ_CFLAGS) $(HTTPD_CPPFLAGS) -c -o $@ $<
build/fuzz/%: build/fuzz/test/fuzz/%.o $(FUZZ_OBJS)
	$(FUZZ_CC) $(FUZZ_CFLAGS) -fsanitize=fuzzer -o $@ $^ $(PURE_LIBS)
-include $(FUZZ_OBJS:.o=.d) $(FUZZ_TARGETS:%=build/fuzz/test/fuzz/%.d)

.PHONY: without-httpd httpd install-httpd install-link uninstall-link \
	unit fuzz fuzz-targets servercheck format dist
fuzz-targets:
	@echo $(FUZZ_TARGETS)
fuzz: $(addprefix fuzz-,$(FUZZ_TARGETS))
fuzz-%: build/fuzz/%
	@$(MKDIR_P) build/fuzz/corpus/$*
	$< -max_total_time=$(FUZZ_SECONDS) -max_len=4096 -timeout=10 -rss_limit_mb=512 \
		-artifact_prefix=build/fuzz/$*- -print_final_stats=1 \
		build/fuzz/corpus/$* test/fuzz/corpus/$*
unit: $(UNIT_TESTS)
	CMOCKA_MESSAGE_OUTPUT=TAP prove $(PROVE_FLAGS) $(UNIT_TESTS)

# Servers of their own, as only a restart, a standby or a dump can show some things.
# PostgreSQL's own test library starts them, and not as root.
build/clock.so: test/server/clock.c
	@$(MKDIR_P) $(@D)
	$(CC) -std=gnu11 -O1 -Wall -Wextra -shared -fPIC -o $@ $<
servercheck: PROVE_TESTS = $(wildcard test/server/*.pl)
servercheck:
	$(prove_installcheck)

format:
	dev/format

# A release for PGXN; META.json gets its version from the control file.
dist:
	@$(MKDIR_P) build
	git archive --format=tar --prefix=$(EXTENSION)-$(EXTVERSION)/ HEAD \
		| tar -x -C build
	sed -i 's/__VERSION__/$(EXTVERSION)/' build/$(EXTENSION)-$(EXTVERSION)/META.json
	cd build && rm -f $(EXTENSION)-$(EXTVERSION).zip \
		&& zip -qr $(EXTENSION)-$(EXTVERSION).zip $(EXTENSION)-$(EXTVERSION)
