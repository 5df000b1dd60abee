/*
 * Switches a group of settings to one of its presets, finds out which one it is switched to, goes
 * to a named position and leaves everything safe.
 *
 *   cc presets.c $(pkg-config --cflags --libs alidade) -o presets
 *   ./presets microscope.toml
 */
#include <alidade.h>

#include <stdio.h>
#include <stdlib.h>

static ald_error *why = NULL;

static void must(ald_status status) {
    if (status != ALD_OK) {
        fprintf(stderr, "%s %s\n", ald_error_message(why), ald_error_where(why));
        exit(1);
    }
}

static void print_current(ald_lab *lab) {
    ald_value *name = NULL;
    const char *text = "none";
    must(ald_lab_current(lab, "objective", ALD_WAIT_DEFAULT, NULL, &name, &why));
    if (ald_value_type(name) == ALD_TYPE_STRING) {
        must(ald_value_get_string(name, &text, NULL, &why));
    }
    printf("the objective is %s\n", text);
    ald_value_unref(name);
}

int main(int count, char **words) {
    ald_settings *settings = NULL;
    ald_lab *lab = NULL;
    if (count != 2) {
        fprintf(stderr, "usage: presets LAB.TOML\n");
        return 2;
    }
    must(ald_settings_load(words[1], &settings, &why));
    must(ald_lab_from_settings(settings, &lab, &why));
    ald_settings_unref(settings);
    must(ald_lab_open(lab, ALD_WAIT_DEFAULT, NULL, NULL, &why));

    print_current(lab);
    must(ald_lab_apply(lab, "objective", "x20", ALD_WAIT_DEFAULT, NULL, NULL, &why));
    print_current(lab);
    must(ald_lab_go_to(lab, "load", ALD_WAIT_DEFAULT, NULL, NULL, &why));
    must(ald_lab_remember_position(lab, "last", NULL, ALD_WAIT_DEFAULT, NULL, NULL, &why));
    must(ald_lab_safe_state(lab, ALD_WAIT_DEFAULT, NULL, &why));

    ald_lab_close(lab);
    ald_lab_unref(lab);
    return 0;
}
