{{/* The names, labels and the image. Falco's chart includes the first ones by name, with only Release, Values and Chart.Name. */}}

{{- define "k8s-metacollector.name" -}}
{{- .Values.nameOverride | default .Chart.Name | trunc 63 | trimSuffix "-" -}}
{{- end }}

{{/* 63 characters: the limit of a DNS label. A release that already says what it is is not told twice. */}}
{{- define "k8s-metacollector.fullname" -}}
{{- $name := .Values.nameOverride | default .Chart.Name -}}
{{- $default := contains $name .Release.Name | ternary .Release.Name (printf "%s-%s" .Release.Name $name) -}}
{{- .Values.fullnameOverride | default $default | trunc 63 | trimSuffix "-" -}}
{{- end }}

{{- define "k8s-metacollector.namespace" -}}
{{- .Values.namespaceOverride | default .Release.Namespace -}}
{{- end }}

{{/* Labels by which the Deployment selects: immutable, and those of the published chart, or no release could be upgraded. */}}
{{- define "k8s-metacollector.selectorLabels" -}}
app.kubernetes.io/name: {{ include "k8s-metacollector.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{/* Labels of every object. Where commonLabels give one of the chart's own again, the chart's stays: selectors rest on it. */}}
{{- define "k8s-metacollector.labels" -}}
{{- $own := include "k8s-metacollector.selectorLabels" . | fromYaml -}}
{{- $_ := set $own "helm.sh/chart" (printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-") -}}
{{- $_ := set $own "app.kubernetes.io/managed-by" .Release.Service -}}
{{- $_ := set $own "app.kubernetes.io/component" "metadata-collector" -}}
{{- with .Chart.AppVersion }}{{ $_ := set $own "app.kubernetes.io/version" . }}{{ end -}}
{{- merge $own (.Values.commonLabels | default dict) | toYaml -}}
{{- end }}

{{/* Labels of the replicas' pods. */}}
{{- define "k8s-metacollector.podLabels" -}}
{{- $own := include "k8s-metacollector.selectorLabels" . | fromYaml -}}
{{- merge $own (.Values.podLabels | default dict) (.Values.commonLabels | default dict) | toYaml -}}
{{- end }}

{{/* Metadata of a namespaced object. */}}
{{- define "k8s-metacollector.metadata" -}}
name: {{ include "k8s-metacollector.fullname" . }}
namespace: {{ include "k8s-metacollector.namespace" . }}
labels:
  {{- include "k8s-metacollector.labels" . | nindent 2 }}
{{- end }}

{{/* A values file of the published chart may name its image, which knows none of our flags. */}}
{{- define "k8s-metacollector.image" -}}
{{- $help := "build the image (docker build -t REGISTRY/REPOSITORY:TAG . in a clone, see docs/install.md), and set image.registry=REGISTRY, image.repository=REPOSITORY and image.tag=TAG" -}}
{{- $repository := required (printf "image.repository is not set, and these sources name no published image: %s" $help) .Values.image.repository -}}
{{- if eq $repository "falcosecurity/k8s-metacollector" -}}
{{- fail (printf "image.repository is k8s-metacollector's own (%s), which knows none of this chart's flags: %s; see docs/migration.md" $repository $help) -}}
{{- end -}}
{{- $image := printf "%s:%v" $repository (.Values.image.tag | default .Chart.AppVersion) -}}
{{- with (.Values.global | default dict).imageRegistry | default .Values.image.registry }}{{ $image = printf "%s/%s" (trimSuffix "/" .) $image }}{{ end -}}
{{- $part := "[a-z0-9]+((\\.|_|__|-+)[a-z0-9]+)*" -}}
{{- if not (regexMatch (printf "^((\\[[0-9a-fA-F:]+\\]|[A-Za-z0-9.-]+)(:[0-9]+)?/)?%s(/%s)*:[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$" $part $part) $image) -}}
{{- fail (printf "%q is no name of an image: image.registry is HOST[:PORT] without https://, image.repository a path in lower case, image.tag one word" $image) -}}
{{- end -}}
{{- $image }}{{ with .Values.image.digest }}@{{ . }}{{ end -}}
{{- end }}

{{/* image.pullSecrets, and those of a chart above, which may be names alone. */}}
{{- define "k8s-metacollector.pullSecrets" -}}
{{- $secrets := .Values.image.pullSecrets | default list -}}
{{- range (.Values.global | default dict).imagePullSecrets -}}
{{- $secrets = append $secrets (kindIs "string" . | ternary (dict "name" .) .) -}}
{{- end -}}
{{- with $secrets }}{{ toYaml . }}{{ end -}}
{{- end }}

{{- define "k8s-metacollector.serviceAccountName" -}}
{{- if .Values.serviceAccount.create -}}
{{- .Values.serviceAccount.name | default (include "k8s-metacollector.fullname" .) -}}
{{- else -}}
{{- .Values.serviceAccount.name | default "default" -}}
{{- end -}}
{{- end }}

{{/* Not empty where the ClusterRole is ours to make. */}}
{{- define "k8s-metacollector.createClusterRole" -}}
{{- $create := .Values.rbac.create -}}
{{- if eq (toString $create) "auto" }}{{ $create = .Values.serviceAccount.create }}{{ end -}}
{{- if $create }}true{{ end -}}
{{- end }}
