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

{{- define "k8s-metacollector.labels" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
{{ include "k8s-metacollector.selectorLabels" . }}
{{- with .Chart.AppVersion }}
app.kubernetes.io/version: {{ . | quote }}
{{- end }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
app.kubernetes.io/component: metadata-collector
{{- end }}

{{/* Metadata of a namespaced object. */}}
{{- define "k8s-metacollector.metadata" -}}
name: {{ include "k8s-metacollector.fullname" . }}
namespace: {{ include "k8s-metacollector.namespace" . }}
labels:
  {{- include "k8s-metacollector.labels" . | nindent 2 }}
{{- end }}

{{/* A values file of the published chart may name the predecessor's image, which knows none of our flags. */}}
{{- define "k8s-metacollector.image" -}}
{{- $repository := required "image.repository is not set: no image is published; build one (docs/install.md), and set image.registry and image.repository" .Values.image.repository -}}
{{- if eq $repository "falcosecurity/k8s-metacollector" -}}
{{- fail (printf "image.repository is the predecessor's (%s): set image.registry, image.repository and image.tag to your build of this program, see docs/migration.md" $repository) -}}
{{- end -}}
{{- with .Values.image.registry }}{{ . }}/{{ end -}}
{{- $repository }}:{{ .Values.image.tag | default .Chart.AppVersion -}}
{{- with .Values.image.digest }}@{{ . }}{{ end -}}
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
