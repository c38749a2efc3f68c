TOKEN=$(curl -s http://127.0.0.1:4000/graphql -H 'content-type: application/json' \
  -d '{"query":"mutation($input: RegisterInput!) { register(input: $input) { ... on RegisterSuccess { token } ... on Problem { message } } }", "variables": {"input": {"email": "bea@example.com", "password": "three lanterns by the quay"}}}' \
  | node -p 'JSON.parse(require("fs").readFileSync(0)).data.register.token')
curl -s http://127.0.0.1:4000/graphql -H 'content-type: application/json' -H "authorization: Bearer $TOKEN" \
  -d '{"query":"{ me { email } }"}'
