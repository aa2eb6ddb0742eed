# Adds up the closing lines of cargo test, vitest, node --test and unittest, and what was skipped as a whole.

/^test result:/ { passed += $4; failed += $6; skipped += $8 }

/^ *Tests  / {
    for (i = 2; i < NF; i++) {
        if ($(i + 1) ~ /^passed/) passed += $i
        if ($(i + 1) ~ /^failed/) failed += $i
        if ($(i + 1) ~ /^skipped/) skipped += $i
    }
}

/^ℹ pass / { passed += $3 }
/^ℹ fail / { failed += $3 }
/^ℹ skipped / { skipped += $3 }

# unittest counts what failed or was skipped among those it ran.
/^Ran [0-9]+ tests? in/ { passed += $2 }
/^(OK|FAILED) \(/ {
    while (match($0, /(failures|errors|skipped)=[0-9]+/)) {
        split(substr($0, RSTART, RLENGTH), count, "=")
        $0 = substr($0, RSTART + RLENGTH)
        passed -= count[2]
        if (count[1] == "skipped") skipped += count[2]
        else failed += count[2]
    }
}

# A whole step, or a Rust test that returned early and so stands among the passed.
/^== SKIPPED: / { skipped++; next }
/SKIPPED: / { skipped++; passed-- }

END { printf "%d passed, %d failed, %d skipped\n", passed, failed, skipped }
