# koutu as a server or a worker: slim, without root, with the model inside, so that it starts without network.
#
#   docker build -t koutu .
#   docker run --rm -v koutu:/data koutu keys create shop
#   docker run -p 8787:8787 -v koutu:/data koutu

FROM node:24-bookworm-slim AS build
WORKDIR /build
# What decides the dependencies comes first, so that a change of the code does not install them again.
COPY package.json package-lock.json .npmrc ./
COPY packages/core/package.json packages/core/
COPY packages/node/package.json packages/node/
COPY packages/browser/package.json packages/browser/
COPY packages/model-isnet/package.json packages/model-isnet/
COPY packages/dreamina/package.json packages/dreamina/
COPY packages/server/package.json packages/server/
COPY packages/koutu/package.json packages/koutu/
COPY testing/package.json testing/
COPY bench/package.json bench/
RUN npm ci --ignore-scripts
COPY . .
RUN npm run build \
 && npm prune --omit=dev --ignore-scripts \
 # Of the runtime's platforms, the one that runs here.
 && find node_modules/onnxruntime-node/bin -mindepth 2 -maxdepth 2 ! -path "*/linux" -exec rm -rf {} + \
 # Of the runtime for browsers, what `koutu browser-assets` copies.
 && find node_modules/onnxruntime-web/dist -type f ! -name ort.wasm.min.mjs ! -name ort.jspi.min.mjs \
    ! -name 'ort-wasm-simd-threaded.*' -delete \
 && rm -f node_modules/onnxruntime-web/dist/*.asyncify.* node_modules/onnxruntime-web/dist/*.jsep.* \
 && rm -rf testing bench

FROM node:24-bookworm-slim
ENV NODE_ENV=production KOUTU_CACHE_DIR=/opt/koutu/cache KOUTU_DATA_DIR=/data
WORKDIR /opt/koutu
COPY --from=build /build/package.json ./
COPY --from=build /build/node_modules node_modules
COPY --from=build /build/packages packages
COPY --from=build /build/examples/photo.jpg examples/photo.jpg
RUN ln -s /opt/koutu/packages/koutu/bin/koutu.js /usr/local/bin/koutu \
 && mkdir -p /data cache && chown -R node:node /data cache
USER node
# One picture: the model is prepared now, and an image that cannot cut out is not built.
RUN koutu examples/photo.jpg -o /tmp/cutout.png --offline && rm /tmp/cutout.png
VOLUME /data
EXPOSE 8787
HEALTHCHECK --start-period=60s --interval=10s --timeout=5s CMD \
  ["node", "-e", "fetch('http://127.0.0.1:8787/readyz').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["koutu"]
# Others than this container reach the address, so it does not start without a key.
CMD ["serve", "--host", "0.0.0.0"]
