;; `wasi:cli/environment` by hand: one variable, no arguments, no working directory. `own.wac` has it in place of our adapter.
(component
  (core module $answers
    (memory (export "memory") 1)
    (data (i32.const 16) "GREETINGfrom an adapter of my own")
    ;; The variable: where its name and its value are, and how long.
    (data (i32.const 64) "\10\00\00\00\08\00\00\00\18\00\00\00\19\00\00\00")
    ;; The list of it. What follows is zero: an empty list, and `none`.
    (data (i32.const 80) "\40\00\00\00\01\00\00\00")
    (func (export "get-environment") (result i32) (i32.const 80))
    (func (export "get-arguments") (result i32) (i32.const 96))
    (func (export "initial-cwd") (result i32) (i32.const 112)))
  (core instance $answers (instantiate $answers))
  (func $get-environment (result (list (tuple string string)))
    (canon lift (core func $answers "get-environment") (memory $answers "memory")))
  (func $get-arguments (result (list string))
    (canon lift (core func $answers "get-arguments") (memory $answers "memory")))
  (func $initial-cwd (result (option string))
    (canon lift (core func $answers "initial-cwd") (memory $answers "memory")))
  (instance $environment
    (export "get-environment" (func $get-environment))
    (export "get-arguments" (func $get-arguments))
    (export "initial-cwd" (func $initial-cwd)))
  (export "wasi:cli/environment@0.2.6" (instance $environment)))
