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
COPY packages/ort/package.json packages/ort/
COPY packages/node/package.json packages/node/
COPY packages/browser/package.json packages/browser/
COPY packages/model-isnet/package.json packages/model-isnet/
COPY packages/model-isnet-fp16/package.json packages/model-isnet-fp16/
COPY packages/dreamina/package.json packages/dreamina/
COPY packages/mcp/package.json packages/mcp/
COPY packages/server/package.json packages/server/
COPY packages/koutu/package.json packages/koutu/
COPY testing/package.json testing/
COPY bench/package.json bench/
COPY apps/studio/package.json apps/studio/
RUN npm ci --ignore-scripts
COPY . .
# int8 graphs that run on every processor, in place of the float16 weights.
RUN npm run build \
 && npm run prepack --workspace @koutu/model-isnet \
 && npm prune --omit=dev --ignore-scripts \
 # What packages publish, and nothing else of them.
 && rm -r packages/model-isnet-fp16 \
 && find packages -mindepth 2 -maxdepth 2 -type d ! -name dist ! -name bin ! -name pages ! -name recipes ! -name skills ! -name weights ! -name node_modules \
    -exec rm -r {} + \
 && rm -f node_modules/@koutu/bench node_modules/@koutu/testing node_modules/@koutu/studio node_modules/@koutu/model-isnet-fp16 \
 # Of the runtime's platforms, the one that runs here.
 && find node_modules/onnxruntime-node/bin -mindepth 3 -maxdepth 3 ! -path "*/linux/$(node -p process.arch)" -exec rm -r {} + \
 # Of the runtime for browsers, what `koutu browser-assets` copies.
 && find node_modules/onnxruntime-web/dist -type f ! -name ort.wasm.min.mjs ! -name ort.jspi.min.mjs \
    ! -name 'ort-wasm-simd-threaded.*' -delete \
 && rm -f node_modules/onnxruntime-web/dist/*.asyncify.* node_modules/onnxruntime-web/dist/*.jsep.*

FROM node:24-bookworm-slim
# Everything that is written lies in /data, so that the root file system can be read-only.
ENV NODE_ENV=production KOUTU_DATA_DIR=/data KOUTU_CACHE_DIR=/data/cache
WORKDIR /opt/koutu
COPY --from=build /build/package.json ./
COPY --from=build /build/node_modules node_modules
COPY --from=build /build/packages packages
COPY --from=build /build/examples/photo.jpg examples/photo.jpg
RUN ln -s /opt/koutu/packages/koutu/bin/koutu.js /usr/local/bin/koutu \
 && mkdir /data && chown node:node /data
USER node
# An image that cannot cut out is not built. What this processor makes of the model is not kept.
RUN KOUTU_CACHE_DIR=/tmp/check koutu examples/photo.jpg -o /tmp/cutout.png --offline && rm -r /tmp/check /tmp/cutout.png
VOLUME /data
EXPOSE 8787
HEALTHCHECK --start-period=60s --interval=10s --timeout=5s CMD \
  ["node", "-e", "fetch('http://127.0.0.1:8787/readyz').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["koutu"]
# Others than this container reach the address, so it does not start without a key.
CMD ["serve", "--host", "0.0.0.0"]
