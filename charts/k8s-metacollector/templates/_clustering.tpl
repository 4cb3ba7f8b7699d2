{{/* kubernetes or localhost. */}}
{{- define "k8s-metacollector.clustering" -}}
{{- $replicas := int .Values.replicaCount -}}
{{- if eq .Values.clustering.mode "auto" -}}
{{- gt $replicas 1 | ternary "kubernetes" "localhost" -}}
{{- else -}}
{{- if and (eq .Values.clustering.mode "localhost") (gt $replicas 1) -}}
{{- fail (printf "clustering.mode=localhost is one replica alone, and replicaCount is %d: set replicaCount=1, or clustering.mode=kubernetes" $replicas) -}}
{{- end -}}
{{- .Values.clustering.mode -}}
{{- end -}}
{{- end }}

{{/* Name of the membership ConfigMap and of the Lease. */}}
{{- define "k8s-metacollector.clusterName" -}}
{{- .Values.clustering.name | default (include "k8s-metacollector.fullname" .) -}}
{{- end }}
