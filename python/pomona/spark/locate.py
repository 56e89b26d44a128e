# SPDX-License-Identifier: Apache-2.0
"""Where spark-submit and the driver script are; asked by `pomona run --engine spark`.

Prints a line of JSON: {"submit": ..., "driver": ...} or {"error": ...}.
"""

import json
import os
import shutil
import sys
from pathlib import Path


def main() -> int:
    answer = _locate()
    print(json.dumps(answer))
    return 1 if "error" in answer else 0


def _locate() -> dict[str, str]:
    home = os.environ.get("SPARK_HOME")
    if home is None:
        import pyspark

        home = str(Path(pyspark.__file__).parent)
    submit = Path(home) / "bin" / "spark-submit"
    if not submit.is_file():
        return {"error": f"SPARK_HOME is {home}, but there is no bin/spark-submit in it"}
    java_home = os.environ.get("JAVA_HOME")
    java = f"{java_home}/bin/java" if java_home else "java"
    if shutil.which(java) is None:
        what = (
            f"JAVA_HOME is {java_home}, which has no bin/java" if java_home else "no java is found"
        )
        return {"error": f"Spark needs Java 17: {what}. Install openjdk-17-jre-headless"}
    import pomona.spark.driver as driver

    return {"submit": str(submit), "driver": driver.__file__}


if __name__ == "__main__":
    sys.exit(main())
