# make test is the one command that passes all tests; it installs what a fresh
# Debian or CI machine lacks. make demo runs Kaft with a made-up school.

AXE_VERSION         = 4.14.1
STATICCHECK_VERSION = v0.6.1
TOOLS               = .cache
export AXE          = $(CURDIR)/$(TOOLS)/node_modules/axe-core/axe.min.js
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

# Chromium and its fonts from Debian, axe-core from npm: only tests need them.
tools: $(TOOLS)/chromium $(AXE)

$(TOOLS)/chromium:
	@mkdir -p $(TOOLS)
	command -v chromium unzip zip >/dev/null && [ -d /usr/share/fonts/truetype/dejavu ] || { \
	  apt-get -o DPkg::Lock::Timeout=500 update && \
	  apt-get -o DPkg::Lock::Timeout=500 install -y --no-install-recommends chromium fonts-dejavu-core fonts-noto-color-emoji unzip zip; }
	chromium --version > $@ 2>/dev/null

$(AXE):
	@mkdir -p $(TOOLS)
	npm install --prefix $(TOOLS) --no-audit --no-fund --no-save axe-core@$(AXE_VERSION)

bench:
	go test -run '^$$' -bench . -benchmem ./...
