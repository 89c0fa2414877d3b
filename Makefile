# choqr: few targets, each sets up what it needs. On a fresh Debian machine with Rust, Node and apt nothing else is asked for.

SUDO := $(shell [ "$$(id -u)" = 0 ] || echo sudo)
CARGO ?= cargo
ROUNDS ?= 100
PEERS_DIR ?= ../shared/bench/peers

RUNS ?= 2000000

.PHONY: run test check bench crash fuzz mutants photos prove pictures crowd assets tools compiler screenshots release clean

# Builds and serves a fictional market; prints the address and one sign-in per role.
run: compiler assets
	$(CARGO) run --quiet -- demo

# Everything: Rust on SQLite and PostgreSQL, types, the browser.
test: tools assets
	$(CARGO) build --bin choqr
	$(CARGO) test --no-fail-fast
	@$(CARGO) test --quiet --test api -- --list 2>/dev/null | awk '/::sqlite: test/{s++} /::postgres: test/{p++} END{printf "tests of the service on SQLite: %d, on PostgreSQL: %d\n", s, p}'
	cd assets && npm run --silent check
	node --test tests/field/*.test.mjs
	cd tests/browser && npm ci --silent --no-audit --no-fund && npm test

# What must hold before a commit.
check: compiler assets
	$(CARGO) fmt --check
	$(CARGO) clippy --all-targets -- -D warnings
	$(CARGO) fmt --check --manifest-path fuzz/Cargo.toml
	RUSTC_BOOTSTRAP=1 $(CARGO) clippy --manifest-path fuzz/Cargo.toml -- -D warnings
	RUSTDOCFLAGS="-D warnings" $(CARGO) doc --no-deps
	cd assets && npm run --silent check
	@command -v cargo-deny >/dev/null || $(CARGO) install --locked cargo-deny
	cargo deny check licenses bans sources

release: compiler assets
	$(CARGO) build --release

# Benchmarks, each beside its peer or its physical limit in the same run. PEERS_DIR says where the peers are.
bench: tools release
	$(CARGO) bench --bench load
	$(CARGO) bench --bench lists
	$(CARGO) bench --bench places
	PEERS_DIR="$(PEERS_DIR)" $(CARGO) bench --bench codec
	PEERS_DIR="$(PEERS_DIR)" $(CARGO) bench --bench print
	PEERS_DIR="$(PEERS_DIR)" $(CARGO) bench --bench nation
	cd tests/browser && npm ci --silent --no-audit --no-fund
	CHOQR_BIN=target/release/choqr node benches/replay.mjs
	CHOQR_BIN=target/release/choqr node benches/field.mjs

# Three hundred photos of payment codes, read by us and by zxing-cpp; also what hostile files may cost, in a release build.
photos: tools assets
	PHOTOS=300 $(CARGO) test --release --test photos -- --nocapture

# Has zbar and zxing-cpp read every shipped design and writes what they read into assets/designs/proofs.csv.
prove: tools assets
	$(CARGO) run --release --quiet -- sticker prove --python .venv/bin/python assets/designs/*.toml

# Draws docs/designs/*.png and the list of them in docs/designs.md.
pictures: assets
	$(CARGO) run --release --quiet -- sticker pictures docs/designs --list docs/designs.md

# Two thousand random stickers on all designs, every one read by zbar and zxing-cpp at 300 dpi.
crowd: tools assets
	STICKERS=2000 $(CARGO) test --release --test print crowd -- --nocapture

# Kills the server while it is written to, again and again; nothing acknowledged may be lost.
crash: release
	ROUNDS=$(ROUNDS) $(CARGO) bench --bench crash

# Reading, writing and comparing payment codes with whatever a fuzzer finds: RUNS inputs (-1 for no end), from the kept corpus.
# cargo-fuzz asks the stable compiler for its instrumentation by RUSTC_BOOTSTRAP.
fuzz:
	@command -v cargo-fuzz >/dev/null || $(CARGO) install --locked cargo-fuzz
	mkdir -p fuzz/found/payment_code
	RUSTC_BOOTSTRAP=1 $(CARGO) fuzz run -O -s none --no-trace-compares payment_code fuzz/found/payment_code fuzz/corpus/payment_code -- \
	  -runs=$(RUNS) -max_len=420 -dict=fuzz/payment_code.dict -print_final_stats=1

# Changes the payment-code library in every way cargo-mutants knows and sees whether a test notices. In a crate of its own, so
# that a mutant costs seconds; docs/mutation-testing.md says which ones survive and why.
BED := target/mutants-bed
mutants:
	@command -v cargo-mutants >/dev/null || $(CARGO) install --locked cargo-mutants
	rm -rf $(BED)/src $(BED)/tests $(BED)/mutants.out && mkdir -p $(BED)/src $(BED)/tests $(BED)/assets/data
	cp -r src/payment_code $(BED)/src/ && cp -r tests/payment_code tests/data $(BED)/tests/ && cp assets/data/banks.csv $(BED)/assets/data/
	mv $(BED)/tests/payment_code/bed.toml $(BED)/Cargo.toml && cp Cargo.lock $(BED)/
	printf '//! The library alone.\npub mod payment_code;\n' > $(BED)/src/lib.rs
	-cd $(BED) && PROPTEST_CASES=32 $(CARGO) mutants --no-shuffle --timeout 120 $(foreach f,tlv crc vietqr account_number service pen compare,-f src/payment_code/$(f).rs) -- --test payment_code
	@cd $(BED)/mutants.out && cat caught.txt timeout.txt | wc -l | awk -v missed="$$(wc -l < missed.txt)" \
	  '{printf "caught %d of %d viable mutants: %.1f %%\n", $$1, $$1 + missed, 100 * $$1 / ($$1 + missed); exit $$1 == 0 || $$1 < 9 * missed}'

assets: assets/dist/page.js

assets/dist/page.js: assets/package-lock.json assets/build.mjs $(wildcard assets/src/* assets/src/css/* assets/src/field/* assets/src/field/*/* assets/locales/*/*)
	cd assets && npm ci --silent --no-audit --no-fund && npm run --silent build

# A C compiler and linker, which Rust itself and the embedded SQLite need.
compiler:
	@command -v cc >/dev/null || { echo "installing: build-essential"; $(SUDO) apt-get update -qq && DEBIAN_FRONTEND=noninteractive $(SUDO) apt-get install -y -qq build-essential >/dev/null; }

# Programs the tests use: a browser, a database server, and two decoders that are not ours.
tools: compiler
	@need=""; \
	command -v chromium >/dev/null || need="$$need chromium"; \
	command -v pdftoppm >/dev/null || need="$$need poppler-utils"; \
	command -v zbarimg >/dev/null || need="$$need zbar-tools"; \
	command -v qpdf >/dev/null || need="$$need qpdf"; \
	command -v rsvg-convert >/dev/null || need="$$need librsvg2-bin"; \
	ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || need="$$need postgresql"; \
	command -v openssl >/dev/null || need="$$need openssl"; \
	command -v curl >/dev/null || need="$$need curl"; \
	python3 -m venv --help >/dev/null 2>&1 || need="$$need python3-venv"; \
	if [ -n "$$need" ]; then echo "installing:$$need"; $(SUDO) apt-get update -qq && DEBIAN_FRONTEND=noninteractive $(SUDO) apt-get install -y -qq $$need >/dev/null; fi
	@[ -x .venv/bin/python ] || python3 -m venv .venv
	@.venv/bin/python -c 'import zxingcpp' 2>/dev/null || .venv/bin/pip install --quiet zxing-cpp pillow

screenshots: tools assets
	$(CARGO) build --bin choqr
	cd tests/browser && npm ci --silent --no-audit --no-fund && npm run screenshots

clean:
	$(CARGO) clean
	rm -rf assets/dist assets/node_modules tests/browser/node_modules .venv
