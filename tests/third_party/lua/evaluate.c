#include "evaluator.h"

int main(int count, char **words) { return count == 2 ? evaluate(words[1]) : 2; }
