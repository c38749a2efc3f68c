umask 077
echo "POSTGRES_PASSWORD=$(openssl rand -hex 24)" >>.env
echo "JWT_SECRET=$(openssl rand -hex 48)" >>.env
docker compose up --build --detach --wait
