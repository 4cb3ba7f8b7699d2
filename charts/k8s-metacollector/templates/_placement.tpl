{{/* The affinity of the values, and our anti-affinity unless they bring one. A single replica has nobody to keep away from. */}}
{{- define "k8s-metacollector.affinity" -}}
{{- $affinity := deepCopy (.Values.affinity | default dict) -}}
{{- $apart := toString .Values.podAntiAffinity -}}
{{- if and (include "k8s-metacollector.several" .) (not (has $apart (list "none" "false"))) (not (hasKey $affinity "podAntiAffinity")) -}}
{{- $term := dict "topologyKey" "kubernetes.io/hostname"
  "labelSelector" (dict "matchLabels" (include "k8s-metacollector.selectorLabels" . | fromYaml)) -}}
{{- if eq $apart "hard" -}}
{{- $_ := set $affinity "podAntiAffinity" (dict "requiredDuringSchedulingIgnoredDuringExecution" (list $term)) -}}
{{- else -}}
{{- $weighted := dict "weight" 100 "podAffinityTerm" $term -}}
{{- $_ := set $affinity "podAntiAffinity" (dict "preferredDuringSchedulingIgnoredDuringExecution" (list $weighted)) -}}
{{- end -}}
{{- end -}}
{{- with $affinity }}{{ include "k8s-metacollector.numbers" . }}{{ end -}}
{{- end }}

{{- define "k8s-metacollector.topologySpread" -}}
{{- if .Values.topologySpreadConstraints -}}
{{- include "k8s-metacollector.numbers" .Values.topologySpreadConstraints -}}
{{- else if include "k8s-metacollector.several" . -}}
{{- range .Values.topologySpread }}
- topologyKey: {{ . }}
  maxSkew: 1
  whenUnsatisfiable: ScheduleAnyway
  labelSelector:
    matchLabels:
      {{- include "k8s-metacollector.selectorLabels" $ | nindent 6 }}
  # Only the pods of the same revision count, or a rolling update would end lopsided.
  matchLabelKeys: [pod-template-hash]
{{- end }}
{{- end -}}
{{- end }}

{{/* Where the pods may run, the same for the replicas and for the pod of `helm test`. */}}
{{- define "k8s-metacollector.scheduling" -}}
{{- with .Values.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- with .Values.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.tolerations }}
tolerations:
  {{- include "k8s-metacollector.numbers" . | nindent 2 }}
{{- end }}
{{- end }}
