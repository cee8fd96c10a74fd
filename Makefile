# make test is the one command that passes all tests; it installs what a fresh
# Debian or CI machine lacks. make demo runs Kaft with a made-up school.

STATICCHECK_VERSION = v0.6.1
TOOLS               = .cache
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
	@bad=$$(gofmt -l cmd app portfolio prose chat export static); if [ -n "$$bad" ]; then echo "not gofmt-ed:"; echo "$$bad"; exit 1; fi
	go vet ./...
	go run honnef.co/go/tools/cmd/staticcheck@$(STATICCHECK_VERSION) ./...

# Chromium, its fonts and the others' tools that check what we write from Debian
# and npm: only tests need them.
tools: $(TOOLS)/debian $(TOOLS)/npm

$(TOOLS)/debian: Makefile
	@mkdir -p $(TOOLS)
	command -v chromium unzip zip jing minisign java >/dev/null && [ -d /usr/share/fonts/truetype/dejavu ] || { \
	  apt-get -o DPkg::Lock::Timeout=500 update && \
	  apt-get -o DPkg::Lock::Timeout=500 install -y --no-install-recommends chromium fonts-dejavu-core fonts-noto-color-emoji unzip zip jing minisign default-jre-headless; }
	chromium --version > $@ 2>/dev/null

$(TOOLS)/npm: Makefile
	@mkdir -p $(TOOLS)
	npm install --prefix $(TOOLS) --no-audit --no-fund --no-save $(NPM)
	@touch $@
