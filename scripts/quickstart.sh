#!/usr/bin/env bash
# From a checkout to running pods on this machine: installs what is missing, builds, starts a one-machine cluster,
# runs examples/hello.yaml and shows it. A second run finds everything and changes nothing.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib/install.sh

usage() {
  cat <<'TEXT'
usage: scripts/quickstart.sh            start a cluster on this machine and run the hello example
       scripts/quickstart.sh --stop     end all that it started; the data stays
       scripts/quickstart.sh --purge    end all that it started and remove the data
TEXT
}

bramble=dist/bramble.js
case "${1:-}" in
  '') ;;
  --stop | --purge)
    need_root
    [ -f "$bramble" ] || die "nothing was built here, so nothing was started from here"
    if [ "$1" = --purge ]; then exec node "$bramble" down --purge=true; else exec node "$bramble" down; fi
    ;;
  -h | --help) usage; exit 0 ;;
  *) usage >&2; exit 2 ;;
esac

need_root
ensure_packages "${runtime_packages[@]}"
ensure_node
ensure_nats_server
ensure_node_packages
ensure_built

say "starting the cluster (nats-server, master, containerd, agent)"
node "$bramble" up --detach=true >&2

say "applying examples/hello.yaml"
node "$bramble" apply -f examples/hello.yaml
node "$bramble" rollout status deployment/hello --timeout=120s

echo
node "$bramble" get pods -l app=hello -o wide
pod=$(node "$bramble" get pods -l app=hello -o 'jsonpath={.items[0].metadata.name}')
ip=$(node "$bramble" get pod "$pod" -o 'jsonpath={.status.podIP}')
echo
echo "\$ bramble logs $pod"
node "$bramble" logs "$pod" --tail=1
echo
echo "\$ curl http://$ip:8080/"
node -e 'fetch(process.argv[1]).then((answer) => answer.text()).then((text) => process.stdout.write(text))' "http://$ip:8080/"
cat <<TEXT

That was a cluster of one machine. What to type next:
  $bramble get all                              everything in the namespace
  $bramble scale deployment/hello --replicas=5  more of it
  $bramble logs -f deployment/hello             what it says
  $bramble describe pod $pod
  $bramble explain pod.spec.containers          what a field means
  scripts/quickstart.sh --stop                  end it all; --purge removes the data too
TEXT
