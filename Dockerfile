# The image of the API and the worker; docker-compose.yml says which of them runs.
FROM python:3.11.7-slim-bookworm
WORKDIR /app
COPY requirements.txt ./
RUN pip install --no-cache-dir --require-hashes -r requirements.txt
COPY pyproject.toml README.md LICENSE ./
COPY domain domain
COPY application application
COPY projections projections
COPY adapters adapters
COPY api api
# The command, and its folders where no folder of the working directory comes before them.
RUN pip install --no-cache-dir --no-deps . && rm -rf domain application projections adapters api
RUN useradd --system interlock && mkdir /var/lib/interlock && chown interlock /var/lib/interlock
USER interlock
ENV INTERLOCK_DATA=/var/lib/interlock PYTHONUNBUFFERED=1
CMD ["interlock", "api"]
