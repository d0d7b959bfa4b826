# Brink alone: broker, evaluation, embedded history, console. Data lives in the volume /data.
FROM node:24-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# The image brings Node 24 itself; the npm package "node" is only for machines with an older one.
RUN npm ci --ignore-scripts
COPY . .
RUN npx vite build && npm prune --omit=dev --ignore-scripts

FROM node:24-bookworm-slim
ENV NODE_ENV=production BRINK_DATA=/data BRINK_HTTP=0.0.0.0:8080 BRINK_MQTT=0.0.0.0:1883
WORKDIR /app
COPY --from=build --chown=node:node /app ./
RUN mkdir /data && chown node:node /data
USER node
VOLUME /data
EXPOSE 8080 1883 8883
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s \
  CMD ["node", "-e", "fetch('http://127.0.0.1:8080/api/v1/health').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
# Directly, not through npm: signals reach the server, and it is process 1.
CMD ["node", "--max-semi-space-size=64", "src/main.ts"]
