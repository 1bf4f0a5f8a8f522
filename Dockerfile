# The binary with the libraries it links, and nothing to build with.
FROM swift:6.3-bookworm AS build
RUN apt-get update -qq \
 && apt-get install -y -qq --no-install-recommends \
    librdkafka-dev libavro-dev libcurl4-openssl-dev libssl-dev libzstd-dev libsqlite3-dev zlib1g-dev pkg-config \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY Package.swift ./
COPY Sources Sources
COPY Benchmarks Benchmarks
COPY Tests Tests
RUN swift build -c release --product wick --static-swift-stdlib \
 && strip .build/release/wick

FROM debian:bookworm-slim
RUN apt-get update -qq \
 && apt-get install -y -qq --no-install-recommends \
    librdkafka1 libavro23 libcurl4 libssl3 libzstd1 libsqlite3-0 zlib1g libstdc++6 ca-certificates \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --system --create-home --uid 10001 wick \
 && install -d -o wick /lake
COPY --from=build /src/.build/release/wick /usr/bin/wick
COPY contracts /usr/share/wick/contracts
COPY sql /usr/share/wick/sql
COPY governance/slo.yml governance/quality.yml /usr/share/wick/governance/
ENV WICK_CONTRACTS=/usr/share/wick/contracts
USER wick
WORKDIR /home/wick
HEALTHCHECK --interval=30s --timeout=10s CMD ["wick", "doctor", "--quiet"]
ENTRYPOINT ["wick"]
CMD ["--help"]
