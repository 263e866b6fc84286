;; Middleware by hand: it is called with a request, and calls who is next with the same. What a real one would do stands in `$passes`.
(component
  (import "wasi:http/types@0.2.0" (instance $types
    (export "incoming-request" (type (sub resource)))
    (export "response-outparam" (type (sub resource)))))
  (alias export $types "incoming-request" (type $incoming-request))
  (alias export $types "response-outparam" (type $response-outparam))
  (import "wasi:http/incoming-handler@0.2.0" (instance $next
    (alias outer 1 $incoming-request (type $outer-request))
    (alias outer 1 $response-outparam (type $outer-outparam))
    (export "incoming-request" (type $request (eq $outer-request)))
    (export "response-outparam" (type $outparam (eq $outer-outparam)))
    (export "handle" (func (param "request" (own $request)) (param "response-out" (own $outparam))))))
  (core func $handle (canon lower (func $next "handle")))
  (core module $passes
    (import "next" "handle" (func $handle (param i32 i32)))
    (func (export "handle") (param i32 i32)
      (call $handle (local.get 0) (local.get 1))))
  (core instance $passes (instantiate $passes (with "next" (instance (export "handle" (func $handle))))))
  (func $passed (param "request" (own $incoming-request)) (param "response-out" (own $response-outparam))
    (canon lift (core func $passes "handle")))
  (component $named
    (import "incoming-request" (type $incoming-request (sub resource)))
    (import "response-outparam" (type $response-outparam (sub resource)))
    (import "handle" (func $handle
      (param "request" (own $incoming-request)) (param "response-out" (own $response-outparam))))
    (export $request "incoming-request" (type $incoming-request))
    (export $outparam "response-outparam" (type $response-outparam))
    (export "handle" (func $handle)
      (func (param "request" (own $request)) (param "response-out" (own $outparam)))))
  (instance $handler (instantiate $named
    (with "incoming-request" (type $incoming-request))
    (with "response-outparam" (type $response-outparam))
    (with "handle" (func $passed))))
  (export "wasi:http/incoming-handler@0.2.0" (instance $handler)))
