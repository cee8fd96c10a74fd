# make test is the one command that passes all tests; it installs what a fresh
# Debian or CI machine lacks. make demo runs Kaft with a made-up school.

# DEBIAN has command:package; gcc is for the race detector.
STATICCHECK_VERSION = v0.6.1
TOOLS               = .cache
DEBIAN              = chromium:chromium unzip:unzip zip:zip jing:jing minisign:minisign java:default-jre-headless npm:npm \
                      gcc:gcc gcc:libc6-dev
ROOT                = $(shell [ "$$(id -u)" = 0 ] || echo sudo)
NPM                 = axe-core@4.14.1 ajv@8.20.0 ajv-formats@3.0.1 vnu-jar@26.9.27 @digitalbazaar/vc@7.3.0 @digitalbazaar/data-integrity@2.5.0 \
                      @digitalbazaar/eddsa-jcs-2022-cryptosuite@1.0.0 @digitalbazaar/ed25519-multikey@1.3.1
export AXE          = $(CURDIR)/$(TOOLS)/node_modules/axe-core/axe.min.js
export NODE_MODULES = $(CURDIR)/$(TOOLS)/node_modules
export GODEBUG      = zipinsecurepath=0

.PHONY: test demo tools check bench

test: tools check
	go test -race -timeout 50m ./...

demo:
	go run ./cmd/kaft demo

# What the compiler does not say.
check:
	@bad=$$(gofmt -l cmd app portfolio chat export static); if [ -n "$$bad" ]; then echo "not gofmt-ed:"; echo "$$bad"; exit 1; fi
	go vet ./...
	go run honnef.co/go/tools/cmd/staticcheck@$(STATICCHECK_VERSION) ./...

bench:
	go test -run '^$$' -bench . -benchmem ./...

# A compiler, Chromium with its fonts and the others' tools that check what we
# write, from Debian and npm: only tests need them.
tools: $(TOOLS)/debian $(TOOLS)/npm

$(TOOLS)/debian: Makefile
	@mkdir -p $(TOOLS)
	need=$$(for tool in $(DEBIAN); do command -v $${tool%:*} >/dev/null || echo $${tool#*:}; done; \
	  [ -d /usr/share/fonts/truetype/dejavu ] || echo fonts-dejavu-core fonts-noto-color-emoji); \
	[ -z "$$need" ] || { \
	  $(ROOT) apt-get -o DPkg::Lock::Timeout=500 update && \
	  $(ROOT) apt-get -o DPkg::Lock::Timeout=500 install -y --no-install-recommends $$need; }
	chromium --version > $@ 2>/dev/null

$(TOOLS)/npm: Makefile
	@mkdir -p $(TOOLS)
	npm install --prefix $(TOOLS) --no-audit --no-fund --no-save $(NPM)
	@touch $@
