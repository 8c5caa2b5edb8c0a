FROM python:3.11-slim AS build
WORKDIR /app
COPY pyproject.toml constraints.txt ./
RUN python -m venv /venv && /venv/bin/pip install --no-cache-dir --disable-pip-version-check "$(grep '^uv==' constraints.txt)" \
    && python -c "import tomllib; print('\n'.join(tomllib.load(open('pyproject.toml', 'rb'))['project']['dependencies']))" > requirements.in \
    && /venv/bin/uv pip install --no-cache --python /venv/bin/python -c constraints.txt -r requirements.in \
    && /venv/bin/uv pip uninstall --python /venv/bin/python uv pip

FROM python:3.11-slim
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
# The fonts of PDF files.
RUN apt-get update -qq && apt-get install -y -qq --no-install-recommends fonts-dejavu-core fonts-droid-fallback && rm -rf /var/lib/apt/lists/*
RUN useradd --create-home --uid 1000 app && install -d -o app /app/var
WORKDIR /app
COPY --from=build /venv /venv
COPY --chown=app . .
USER app
# The key is for this build step alone; nothing is signed or encrypted here.
RUN SECRET_KEY=build python manage.py collectstatic --noinput --verbosity 0 --ignore "*.map" --ignore redoc
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s CMD python -c "from urllib.request import urlopen; urlopen('http://127.0.0.1:8000/healthz')"
CMD ["gunicorn", "-c", "python:qa_observability.web_server", "--bind", "0.0.0.0:8000"]
