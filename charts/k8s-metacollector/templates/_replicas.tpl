{{/* Not empty where a number of replicas is given: an autoscaler, ours or another, decides where it is not. */}}
{{- define "k8s-metacollector.replicaCount" -}}
{{- $count := .Values.replicaCount -}}
{{- if not (or .Values.autoscaling.enabled (kindIs "invalid" $count) (eq (toString $count) "")) }}{{ int $count }}{{ end -}}
{{- end }}

{{/* Not empty where there may be more than one replica. None is a pause of several: those that come afterwards have to find one another. */}}
{{- define "k8s-metacollector.several" -}}
{{- if ne (include "k8s-metacollector.replicaCount" .) "1" }}true{{ end -}}
{{- end }}

{{/* kubernetes or localhost. */}}
{{- define "k8s-metacollector.clustering" -}}
{{- $several := include "k8s-metacollector.several" . -}}
{{- if eq .Values.clustering.mode "auto" -}}
{{- eq $several "true" | ternary "kubernetes" "localhost" -}}
{{- else -}}
{{- if and (eq .Values.clustering.mode "localhost") $several -}}
{{- fail (printf "clustering.mode=localhost is one replica alone, and replicaCount is %s: set replicaCount=1, or clustering.mode=kubernetes" (include "k8s-metacollector.replicaCount" . | default "left to an autoscaler")) -}}
{{- end -}}
{{- .Values.clustering.mode -}}
{{- end -}}
{{- end }}

{{/* Name of the membership ConfigMap and of the Lease. */}}
{{- define "k8s-metacollector.clusterName" -}}
{{- .Values.clustering.name | default (include "k8s-metacollector.fullname" .) -}}
{{- end }}
