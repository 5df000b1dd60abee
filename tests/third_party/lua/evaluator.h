/* A shared library that holds Lua, as a room would. */
#ifndef EVALUATOR_H
#define EVALUATOR_H

/* Prints what a chunk of Lua returns; gives 0, or 1 after an error. */
int evaluate(const char *expression);

#endif
