/*
 * QEMU TCG plugin: what runs between the two marks of the measuring firmware, block by block.
 *
 * Arguments: control=FILE, out=FILE. The control file has a word and hexadecimal addresses per line:
 *   begin A | end A      the two marks; their own blocks are not counted
 *   invoke LOW HIGH      the function that runs the model
 *   kernel A             entry of a kernel
 *   region LOW HIGH      memory to count accesses of; without any, accesses are not looked at
 *   call TIMES OWNER     the next calls of kernels, in order (decimal); OWNER is from 0 up
 * The output has one line per block, memory region and owner (owner 0 is the model's own function, 1
 * whatever else it calls, 2 + n the owner n of the call list):
 *   block ADDRESS INSTRUCTIONS BYTES OWNER EXECUTED TAKEN
 *   memory REGION OWNER READS READ_BYTES WRITES WRITTEN_BYTES UNALIGNED
 *   calls SEEN LISTED
 * A block is a translation block of QEMU: straight code from where it is entered to its first branch.
 * TAKEN counts how often something else than the code right behind it ran next.
 */
#include "qemu.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum kind { PLAIN, INVOKE, KERNEL, BEGIN, END };
enum { OWN = 0, OTHER = 1, FIRST_OWNER = 2, MOST_REGIONS = 16, BUCKETS = 1 << 14 };

struct slot {
  uint64_t executed;
  uint64_t taken;
};

struct block {
  uint64_t address;
  uint64_t end;
  uint64_t instructions;
  enum kind kind;
  struct slot *slots;
  struct block *next;
};

struct range {
  uint64_t low;
  uint64_t high;
};

struct traffic {
  uint64_t count[2];
  uint64_t bytes[2];
  uint64_t unaligned;
};

struct call {
  uint64_t times;
  size_t owner;
};

__attribute__((visibility("default"))) int qemu_plugin_version = 1;

static struct block *buckets[BUCKETS];
static uint64_t mark_begin, mark_end;
static struct range invoke_range;
static uint64_t *kernels;
static size_t kernel_count;
static struct range regions[MOST_REGIONS];
static size_t region_count;
static struct traffic *traffic;
static struct call *calls;
static size_t call_count;
static size_t owners = FIRST_OWNER;
static const char *out_path = "profile.txt";

static int inside;
static size_t owner;
static struct slot *last_slot;
static uint64_t last_end;
static enum kind last_kind;
static size_t next_call;
static uint64_t calls_left;
static uint64_t calls_seen;

static void *checked(void *memory) {
  if (memory == NULL) {
    fputs("thimble profile: out of memory\n", stderr);
    exit(70);
  }
  return memory;
}

/* Calls beyond the list go to no owner; the counts at the end tell. */
static size_t owner_of_next_call(void) {
  calls_seen++;
  while (calls_left == 0 && next_call < call_count) calls_left = calls[next_call++].times;
  if (calls_left == 0) return OTHER;
  calls_left--;
  return FIRST_OWNER + calls[next_call - 1].owner;
}

static void execute(unsigned cpu, void *data) {
  struct block *b = data;
  (void)cpu;
  if (!inside) return;
  if (last_slot != NULL && b->address != last_end) last_slot->taken++;
  if (b->kind == INVOKE) owner = OWN;
  else if (last_kind == INVOKE) owner = b->kind == KERNEL ? owner_of_next_call() : OTHER;
  last_slot = &b->slots[owner];
  last_slot->executed++;
  last_end = b->end;
  last_kind = b->kind;
}

static void enter(unsigned cpu, void *data) {
  (void)cpu;
  (void)data;
  inside = 1;
  owner = OTHER;
  last_slot = NULL;
  last_kind = BEGIN;
}

static void leave(unsigned cpu, void *data) {
  (void)cpu;
  (void)data;
  if (inside && last_slot != NULL) last_slot->taken++;
  inside = 0;
}

static void touch(unsigned cpu, qemu_plugin_meminfo_t info, uint64_t address, void *data) {
  uint64_t bytes = (uint64_t)1 << qemu_plugin_mem_size_shift(info);
  size_t at = 0;
  (void)cpu;
  (void)data;
  if (!inside) return;
  while (at < region_count && (address < regions[at].low || address >= regions[at].high)) at++;
  struct traffic *t = &traffic[at * owners + owner];
  int way = qemu_plugin_mem_is_store(info) ? 1 : 0;
  t->count[way]++;
  t->bytes[way] += bytes;
  if (address % bytes != 0) t->unaligned++;
}

static enum kind kind_of(uint64_t address) {
  if (address == mark_begin) return BEGIN;
  if (address == mark_end) return END;
  if (address >= invoke_range.low && address < invoke_range.high) return INVOKE;
  for (size_t i = 0; i < kernel_count; i++) {
    if (kernels[i] == address) return KERNEL;
  }
  return PLAIN;
}

/* Code that is translated again, after the cache was full, is the same block. */
static struct block *block_of(uint64_t address, uint64_t end, uint64_t instructions) {
  struct block **bucket = &buckets[(address >> 1) % BUCKETS];
  for (struct block *b = *bucket; b != NULL; b = b->next) {
    if (b->address == address && b->end == end) return b;
  }
  struct block *b = checked(calloc(1, sizeof *b));
  b->address = address;
  b->end = end;
  b->instructions = instructions;
  b->kind = kind_of(address);
  b->slots = checked(calloc(owners, sizeof *b->slots));
  b->next = *bucket;
  *bucket = b;
  return b;
}

static void translate(qemu_plugin_id_t id, struct qemu_plugin_tb *tb) {
  size_t count = qemu_plugin_tb_n_insns(tb);
  struct qemu_plugin_insn *last = qemu_plugin_tb_get_insn(tb, count - 1);
  uint64_t end = qemu_plugin_insn_vaddr(last) + qemu_plugin_insn_size(last);
  struct block *b = block_of(qemu_plugin_tb_vaddr(tb), end, count);
  (void)id;
  if (b->kind == BEGIN || b->kind == END) {
    qemu_plugin_exec_cb mark = b->kind == BEGIN ? enter : leave;
    qemu_plugin_register_vcpu_tb_exec_cb(tb, mark, QEMU_PLUGIN_CB_NO_REGS, NULL);
    return;
  }
  qemu_plugin_register_vcpu_tb_exec_cb(tb, execute, QEMU_PLUGIN_CB_NO_REGS, b);
  for (size_t i = 0; i < count && region_count > 0; i++) {
    struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(tb, i);
    qemu_plugin_register_vcpu_mem_cb(insn, touch, QEMU_PLUGIN_CB_NO_REGS, QEMU_PLUGIN_MEM_RW, NULL);
  }
}

static void print_block(FILE *out, const struct block *b) {
  for (size_t i = 0; i < owners; i++) {
    const struct slot *s = &b->slots[i];
    if (s->executed == 0) continue;
    fprintf(out, "block %llx %llu %llu %zu %llu %llu\n", (unsigned long long)b->address,
            (unsigned long long)b->instructions, (unsigned long long)(b->end - b->address), i,
            (unsigned long long)s->executed, (unsigned long long)s->taken);
  }
}

static void print_traffic(FILE *out) {
  for (size_t i = 0; i < (region_count + 1) * owners; i++) {
    const struct traffic *t = &traffic[i];
    if (t->count[0] + t->count[1] == 0) continue;
    fprintf(out, "memory %zu %zu %llu %llu %llu %llu %llu\n", i / owners, i % owners,
            (unsigned long long)t->count[0], (unsigned long long)t->bytes[0],
            (unsigned long long)t->count[1], (unsigned long long)t->bytes[1],
            (unsigned long long)t->unaligned);
  }
}

static void finish(qemu_plugin_id_t id, void *data) {
  uint64_t listed = 0;
  FILE *out = fopen(out_path, "w");
  (void)id;
  (void)data;
  if (out == NULL) return;
  for (size_t i = 0; i < BUCKETS; i++) {
    for (const struct block *b = buckets[i]; b != NULL; b = b->next) print_block(out, b);
  }
  print_traffic(out);
  for (size_t i = 0; i < call_count; i++) listed += calls[i].times;
  fprintf(out, "calls %llu %llu\n", (unsigned long long)calls_seen, (unsigned long long)listed);
  fclose(out);
}

static void add_call(uint64_t times, size_t of) {
  calls = checked(realloc(calls, (call_count + 1) * sizeof *calls));
  calls[call_count++] = (struct call){times, of};
  if (FIRST_OWNER + of + 1 > owners) owners = FIRST_OWNER + of + 1;
}

static int read_control(const char *path) {
  char line[128];
  FILE *in = fopen(path, "r");
  if (in == NULL) return 1;
  while (fgets(line, sizeof line, in) != NULL) {
    unsigned long long a = 0, b = 0;
    if (sscanf(line, "call %llu %llu", &a, &b) == 2) add_call(a, (size_t)b);
    else if (sscanf(line, "begin %llx", &a) == 1) mark_begin = a;
    else if (sscanf(line, "end %llx", &a) == 1) mark_end = a;
    else if (sscanf(line, "invoke %llx %llx", &a, &b) == 2) invoke_range = (struct range){a, b};
    else if (sscanf(line, "kernel %llx", &a) == 1) {
      kernels = checked(realloc(kernels, (kernel_count + 1) * sizeof *kernels));
      kernels[kernel_count++] = a;
    } else if (sscanf(line, "region %llx %llx", &a, &b) == 2 && region_count < MOST_REGIONS) {
      regions[region_count++] = (struct range){a, b};
    }
  }
  fclose(in);
  return 0;
}

__attribute__((visibility("default"))) int
qemu_plugin_install(qemu_plugin_id_t id, const struct qemu_info_t *info, int argc, char **argv) {
  const char *control = NULL;
  (void)info;
  for (int i = 0; i < argc; i++) {
    if (strncmp(argv[i], "control=", 8) == 0) control = argv[i] + 8;
    if (strncmp(argv[i], "out=", 4) == 0) out_path = strdup(argv[i] + 4);
  }
  if (control == NULL || read_control(control) != 0) {
    fputs("thimble profile: no control file\n", stderr);
    return 1;
  }
  traffic = checked(calloc((region_count + 1) * owners, sizeof *traffic));
  qemu_plugin_register_vcpu_tb_trans_cb(id, translate);
  qemu_plugin_register_atexit_cb(id, finish, NULL);
  return 0;
}
