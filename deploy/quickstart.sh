#!/usr/bin/env bash
# From a clone to a cluster on this machine, with Falco: builds the image, makes a cluster, installs both, and checks that Falco is told
# what the API server knows. docs/quickstart.md tells the same step by step. Run again, it brings everything up to date.
#
#   deploy/quickstart.sh [kind|k3d|minikube]         default: kind
#   deploy/quickstart.sh [kind|k3d|minikube] down    deletes that cluster
set -euo pipefail
cd "$(dirname "$0")/.."

tool=${1:-kind} verb=${2:-up}
name=metacollector image=k8s-metacollector:quickstart
falco_chart=9.1.1                  # Falco 0.44.1 with k8smeta 0.4.1
patience=${QUICKSTART_PATIENCE:-300}   # seconds for each check

say() { printf '\n== %s\n' "$*"; }
fail() { echo "quickstart: $*" >&2; exit 1; }

case $tool in kind|k3d|minikube) ;; *) fail "'$tool' is none of kind, k3d, minikube" ;; esac
case $verb in up|down) ;; *) fail "'$verb' is neither up nor down" ;; esac
missing=()
for program in docker "$tool" helm kubectl; do command -v "$program" >/dev/null || missing+=("$program"); done
[ ${#missing[@]} -eq 0 ] || fail "not on the PATH: ${missing[*]}"

if [ "$verb" = down ]; then
  case $tool in
    kind) kind delete cluster --name "$name" ;;
    k3d) k3d cluster delete "$name" ;;
    minikube) minikube delete --profile "$name" ;;
  esac
  exit
fi
docker info >/dev/null 2>&1 || fail "docker is installed, but its engine does not answer: docker info says why"

# until_true WHAT COMMAND…: asks every two seconds; says what the last answer was if none came in time.
until_true() {
  local what=$1 end=$((SECONDS + patience)) answer
  shift
  until answer=$("$@" 2>&1); do
    [ $SECONDS -lt $end ] || fail "not within $patience s: $what; last seen: $answer"
    sleep 2
  done
  echo "yes: $what"
}

say 'the image'
docker build --tag "$image" .

say "a cluster, by $tool"
case $tool in
  kind)
    kind get clusters | grep -qx "$name" || kind create cluster --name "$name" --wait 5m
    kind load docker-image "$image" --name "$name"
    context=kind-$name ;;
  k3d)
    k3d cluster list --no-headers | grep -q "^$name " || k3d cluster create "$name" --wait
    k3d image import "$image" --cluster "$name"
    context=k3d-$name ;;
  minikube)
    minikube start --profile "$name" --driver docker
    minikube image load "$image" --profile "$name"
    context=$name ;;
esac
kubectl config use-context "$context"

say 'the collector'
helm upgrade --install k8s-metacollector charts/k8s-metacollector --namespace metacollector --create-namespace \
  --set image.repository="${image%:*}" --set image.tag="${image#*:}" --wait --timeout 10m
# The tag stays the same when the image is built anew.
kubectl -n metacollector rollout restart deployment/k8s-metacollector
kubectl -n metacollector rollout status deployment/k8s-metacollector --timeout 10m
helm test k8s-metacollector --namespace metacollector

say 'something to see'
kubectl apply -f deploy/hello.yaml
kubectl rollout status deployment/hello --timeout 5m

say 'Falco'
helm upgrade --install falco falco --repo https://falcosecurity.github.io/charts --version "$falco_chart" \
  --namespace falco --create-namespace --values deploy/falco-values.yaml --wait --timeout 15m

say 'does it work?'
inspect() { kubectl -n metacollector exec deployment/k8s-metacollector -- /metacollector inspect "$@"; }
# inspect ends with 0 where it finds nothing wrong: Falco's stream included.
until_true 'all replicas are well, and what they read is complete' inspect cluster
until_true 'the pod of deployment hello is sent to the Falco on its node' \
  inspect pod "default/$(kubectl get pods --selector app=hello --output jsonpath='{.items[0].metadata.name}')"
told() {
  local log
  log=$(kubectl -n falco logs --selector app.kubernetes.io/name=falco --container falco --since 1m --tail -1)
  grep -F 'deployment=hello services=(hello)' <<<"$log" || { tail -n 3 <<<"$log"; return 1; }
}
until_true 'Falco names the Deployment and the Service of a pod in its events' told

node=$(kubectl get pods --selector app=hello --output jsonpath='{.items[0].spec.nodeName}')
cat <<EOF

Everything works. Now look yourself:

  kubectl -n metacollector exec deployment/k8s-metacollector -- /metacollector inspect cluster
  kubectl -n metacollector exec -it deployment/k8s-metacollector -- /metacollector watch --node $node
  kubectl -n falco logs --selector app.kubernetes.io/name=falco --container falco --follow

The second shows what the Falco on $node is told, as it changes: kubectl scale deployment/hello --replicas 3
To be rid of it all: deploy/quickstart.sh $tool down
EOF
