{{/* Refuses values that each may be right and do not go together. Everything else that can be wrong is for values.schema.json to say. */}}
{{- define "k8s-metacollector.checks" -}}
{{- include "k8s-metacollector.checkTls" (dict "path" "broker.tls" "tls" .Values.broker.tls) -}}
{{- include "k8s-metacollector.checkTls" (dict "path" "clustering.tls" "tls" .Values.clustering.tls) -}}
{{- if has (int .Values.clustering.siloPort) (list 45000 8080 8081 8082 8083) -}}
{{- fail (printf "clustering.siloPort: %d is a port of the program for something else (45000, 8080 to 8083): set another" (int .Values.clustering.siloPort)) -}}
{{- end -}}
{{- $drain := include "k8s-metacollector.milliseconds" .Values.broker.drainTime | int64 -}}
{{- if gt (add $drain 10000) (mul 1000 (int64 .Values.terminationGracePeriodSeconds)) -}}
{{- fail (printf "broker.drainTime is %s, and terminationGracePeriodSeconds %d: streams that are left would be broken off; set terminationGracePeriodSeconds to at least %d" .Values.broker.drainTime (int64 .Values.terminationGracePeriodSeconds) (add 10 (div (add $drain 999) 1000))) -}}
{{- end -}}
{{- range $path := list "serviceMonitor" "podMonitor" -}}
{{- $monitor := get $.Values $path -}}
{{- if and $monitor.create $monitor.interval $monitor.scrapeTimeout -}}
{{- if gt (include "k8s-metacollector.milliseconds" $monitor.scrapeTimeout | int64) (include "k8s-metacollector.milliseconds" $monitor.interval | int64) -}}
{{- fail (printf "%s.scrapeTimeout is %s, and %s.interval %s: Prometheus takes no timeout above the interval, and would leave these targets out; set scrapeTimeout to %s or less" $path $monitor.scrapeTimeout $path $monitor.interval $monitor.interval) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end }}

{{/* TLS is only spoken where it is enabled: whoever names its certificate, or whose certificates are let in, means it. */}}
{{- define "k8s-metacollector.checkTls" -}}
{{- if not .tls.enabled -}}
{{- $set := list -}}
{{- if .tls.existingSecret }}{{ $set = append $set "existingSecret" }}{{ end -}}
{{- if .tls.certManager.enabled }}{{ $set = append $set "certManager.enabled" }}{{ end -}}
{{- if (.tls.clientCA | default dict).existingSecret }}{{ $set = append $set "clientCA.existingSecret" }}{{ end -}}
{{- with $set -}}
{{- fail (printf "%s.%s is set, and %s.enabled is not, so that there would be no TLS: set %s.enabled=true" $.path (first .) $.path $.path) -}}
{{- end -}}
{{- end -}}
{{- end }}

{{/* A duration such as 1m30s, in milliseconds. */}}
{{- define "k8s-metacollector.milliseconds" -}}
{{- $sum := 0 -}}
{{- $units := dict "ms" 1 "s" 1000 "m" 60000 "h" 3600000 "d" 86400000 "w" 604800000 "y" 31536000000 -}}
{{- range regexFindAll "[0-9]+[a-z]+" . -1 -}}
{{- $sum = add $sum (mul (regexFind "[0-9]+" . | int64) (get $units (regexFind "[a-z]+" .))) -}}
{{- end -}}
{{- $sum -}}
{{- end }}
