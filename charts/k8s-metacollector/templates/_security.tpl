{{/* Not empty where OpenShift chooses the ids that a pod runs as, out of a range for each namespace, and refuses others. */}}
{{- define "k8s-metacollector.openshift" -}}
{{- $is := .Values.openshift -}}
{{- if eq (toString $is) "auto" }}{{ $is = .Capabilities.APIVersions.Has "security.openshift.io/v1" }}{{ end -}}
{{- if $is }}true{{ end -}}
{{- end }}

{{/* A security context as it is given, but for the ids on OpenShift. Takes context and of. */}}
{{- define "k8s-metacollector.securityContext" -}}
{{- $of := .of | default dict -}}
{{- if include "k8s-metacollector.openshift" .context }}{{ $of = omit $of "runAsUser" "runAsGroup" "fsGroup" }}{{ end -}}
{{- with $of }}{{ include "k8s-metacollector.numbers" . }}{{ end -}}
{{- end }}

{{/* Not empty where the pods are in Istio's ambient mesh, as far as the values tell. */}}
{{- define "k8s-metacollector.ambient" -}}
{{- $is := .Values.mesh.ambient -}}
{{- if eq (toString $is) "auto" }}{{ $is = eq (get (.Values.podLabels | default dict) "istio.io/dataplane-mode" | toString) "ambient" }}{{ end -}}
{{- if $is }}true{{ end -}}
{{- end }}
