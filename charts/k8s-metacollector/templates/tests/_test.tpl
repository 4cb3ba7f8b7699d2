{{- define "k8s-metacollector.testName" -}}
{{- include "k8s-metacollector.fullname" . | trunc 58 | trimSuffix "-" -}}-test
{{- end }}

{{/* Not those by which the Service and the Deployment select. */}}
{{- define "k8s-metacollector.testSelectorLabels" -}}
app.kubernetes.io/name: {{ include "k8s-metacollector.name" . | trunc 58 | trimSuffix "-" }}-test
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{/* With the replicas' own: a mesh, or a policy of the namespace, may go by them. */}}
{{- define "k8s-metacollector.testLabels" -}}
{{- $own := include "k8s-metacollector.testSelectorLabels" . | fromYaml -}}
{{- $_ := set $own "app.kubernetes.io/component" "test" -}}
{{- merge $own (.Values.tests.podLabels | default dict) (.Values.podLabels | default dict) (.Values.commonLabels | default dict) | toYaml -}}
{{- end }}

{{/* A registry for all images replaces the one in its repository. */}}
{{- define "k8s-metacollector.testImage" -}}
{{- $repository := .Values.tests.image.repository -}}
{{- with (.Values.global | default dict).imageRegistry -}}
{{- $repository = printf "%s/%s" . (regexReplaceAll "^(localhost|[^/]*[.:][^/]*)/" $repository "") -}}
{{- end -}}
{{- $repository }}:{{ .Values.tests.image.tag -}}
{{- end }}
