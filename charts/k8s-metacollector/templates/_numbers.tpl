{{/*
YAML of a map or a list, with whole numbers where Kubernetes wants them: terraform and helmfile make strings of what they set, and helm
writes a large number as 1.00065e+09.
*/}}
{{- define "k8s-metacollector.numbers" -}}
{{- $copy := deepCopy (dict "it" .) -}}
{{- include "k8s-metacollector.toNumbers" $copy -}}
{{- toYaml $copy.it -}}
{{- end }}

{{/* Changes the map that it is given, and the maps in it. */}}
{{- define "k8s-metacollector.toNumbers" -}}
{{- $map := . -}}
{{- range $key, $value := $map -}}
{{- if kindIs "map" $value -}}
{{- include "k8s-metacollector.toNumbers" $value -}}
{{- else if kindIs "slice" $value -}}
{{- range $value }}{{ if kindIs "map" . }}{{ include "k8s-metacollector.toNumbers" . }}{{ end }}{{ end -}}
{{- else if regexMatch "(Seconds|Threshold|[pP]ort|runAsUser|runAsGroup|fsGroup|maxSkew|minDomains|weight|maxSurge|[mM]axUnavailable|minAvailable|averageUtilization)$" $key -}}
{{- if or (kindIs "float64" $value) (and (kindIs "string" $value) (regexMatch "^[0-9]+$" $value)) -}}
{{- $_ := set $map $key (int64 $value) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end }}
