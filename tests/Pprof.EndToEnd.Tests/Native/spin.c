// A library whose time goes into a function that it does not export: without its symbols nobody can tell the name.
static int __attribute__((noinline)) spin_inside(int times)
{
    volatile int sum = 0;
    for (int i = 0; i < times; i++) sum += i;
    return sum;
}

int spin(int times) { return spin_inside(times) + 1; }
