;; `test:probe/source` at the least cost: up to 64 KiB of its memory, where they always are.
(component
  (core module $source
    (memory (export "memory") 2)
    (data (i32.const 65536) "probe")
    (func (export "read") (param $len i64) (result i32)
      (i32.store (i32.const 0) (i32.const 65536))
      (i32.store (i32.const 4)
        (i32.wrap_i64
          (select (i64.const 65536) (local.get $len) (i64.gt_u (local.get $len) (i64.const 65536)))))
      (i32.const 0)))
  (core instance $source (instantiate $source))
  (func $read (param "len" u64) (result (list u8))
    (canon lift (core func $source "read") (memory (core memory $source "memory"))))
  (instance (export "test:probe/source") (export "read" (func $read))))
