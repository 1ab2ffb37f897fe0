namespace JamBox.NanoDeps;

/// <summary>
/// Prints what a build, a deployment or a board would miss: assemblies, packages, native parts, sources, partition table. Reads only
/// project files, nf-interpreter's facts are in <see cref="Libraries"/>.
/// </summary>
internal static class Program
{
    private const int Clean = 0;
    private const int Found = 1;
    private const int CannotRun = 2;

    private const string Usage = """
        nano-deps [SOLUTION] [--assemblies DIR] [--fix]     checks the nanoFramework projects of a solution; default nanoFramework.sln
        nano-deps --sdkconfig FILE --idf DIR [--idf DIR]    looks the options of an SDK configuration up in a real ESP-IDF

          --assemblies DIR   what nano-check --keep DIR compiled: finds references that nothing uses
          --fix              writes references as Visual Studio does, with Version and Private

        Exit code: 0 clean, 1 findings, 2 cannot run.
        """;

    /// <summary>Runs the tool.</summary>
    /// <param name="args">The command line.</param>
    /// <returns>The exit code.</returns>
    public static int Main(string[] args)
    {
        return Run(args, Console.Out, Console.Error);
    }

    /// <summary>Runs the tool.</summary>
    /// <param name="args">The command line.</param>
    /// <param name="output">Where findings go.</param>
    /// <param name="error">Where the rest goes.</param>
    /// <returns>The exit code.</returns>
    public static int Run(string[] args, TextWriter output, TextWriter error)
    {
        if (args is ["--help" or "-h" or "-?"])
        {
            output.WriteLine(Usage);
            return Clean;
        }

        if (Read(args, out Dictionary<string, List<string>> options, out string solution) is { } problem)
        {
            error.WriteLine($"nano-deps: {problem}\n\n{Usage}");
            return CannotRun;
        }

        try
        {
            List<Finding> findings = options.TryGetValue("--sdkconfig", out List<string>? files)
                ? [.. files.SelectMany(f => CheckOptions(f, options["--idf"]))]
                : CheckSolution(Solution.Load(solution), options, output);
            foreach (Finding finding in findings)
            {
                output.WriteLine(finding);
            }

            output.WriteLine(findings.Count == 0 ? "nano-deps: nothing is missing" : $"nano-deps: {findings.Count} findings");
            return findings.Count == 0 ? Clean : Found;
        }
        catch (Exception e) when (e is IOException or InvalidDataException or ArgumentException or System.Xml.XmlException
            or UnauthorizedAccessException or BadImageFormatException)
        {
            error.WriteLine("nano-deps: " + e.Message);
            return CannotRun;
        }
    }

    /// <summary>Checks a solution.</summary>
    /// <param name="solution">The solution.</param>
    /// <param name="assemblies">Where compiled assemblies are; <c>null</c> for nowhere.</param>
    /// <returns>The findings.</returns>
    internal static List<Finding> Check(Solution solution, string? assemblies = null)
    {
        List<Finding> findings = [];
        foreach (NanoProject project in solution.Projects)
        {
            findings.AddRange(ProjectChecks.Sources(project));
            findings.AddRange(ProjectChecks.Packages(project));
            findings.AddRange(ProjectChecks.Transitive(project));
        }

        findings.AddRange(ProjectChecks.Together(solution));
        findings.AddRange(ProjectChecks.Deployment(solution));
        findings.AddRange(ImageChecks.Restored(solution));
        NanoProject[] apps = [.. solution.Projects.Where(p => p.IsExe)];
        foreach (NanoProject app in apps)
        {
            findings.AddRange(ImageChecks.Native(solution, app));
            if (assemblies != null)
            {
                findings.AddRange(ImageChecks.Unused(solution, app, assemblies));
            }
        }

        IEnumerable<string> images = apps.Where(a => a.Image != null).Select(
            a => Path.GetFullPath(Path.Combine(a.Folder, a.Image!.Replace('\\', '/'))));
        foreach (string file in images.Distinct().Where(File.Exists))
        {
            findings.AddRange(FlashChecks.Image(file));
        }

        return [.. findings.Distinct()];
    }

    private static List<Finding> CheckSolution(Solution solution, Dictionary<string, List<string>> options, TextWriter output)
    {
        if (options.ContainsKey("--fix"))
        {
            int changed = solution.Projects.Sum(ProjectChecks.Fix);
            output.WriteLine($"nano-deps: {changed} references rewritten");
            solution = Solution.Load(Path.Combine(solution.Root, solution.Name));
        }

        string[] missing = [.. solution.Projects.SelectMany(p => p.References).Where(r => r.Package != null)
            .Select(r => $"{r.Package}.{r.PackageVersion}").Distinct().Where(
                p => !Directory.Exists(Path.Combine(solution.Root, "packages", p)))];
        if (missing.Length > 0)
        {
            output.WriteLine(
                $"nano-deps: {missing.Length} packages are not restored ('nuget restore {solution.Name}' does it): "
                + "their native versions are not compared with nf-interpreter's");
        }

        return Check(solution, options.TryGetValue("--assemblies", out List<string>? folders) ? folders[^1] : null);
    }

    private static IEnumerable<Finding> CheckOptions(string sdkconfig, List<string> folders)
    {
        // An option is unknown when no folder has it.
        List<Finding[]> unknown = [.. folders.Select(f => FlashChecks.Names(sdkconfig, f).ToArray())];
        bool IsInNone(Finding f) => unknown.All(u => u.Any(x => x.Kind != f.Kind || x.Text.Split(' ')[0] == f.Text.Split(' ')[0]));
        return FlashChecks.SdkConfig(sdkconfig).Concat(unknown[0].Where(IsInNone));
    }

    // What is wrong with the command line; null = nothing.
    private static string? Read(string[] args, out Dictionary<string, List<string>> options, out string solution)
    {
        options = [];
        solution = "nanoFramework.sln";
        for (int i = 0; i < args.Length; i++)
        {
            string name = args[i];
            if (name == "--fix")
            {
                options[name] = [];
            }
            else if (name is "--assemblies" or "--sdkconfig" or "--idf")
            {
                if (i + 1 == args.Length)
                {
                    return $"{name} needs a value";
                }

                options.TryAdd(name, []);
                options[name].Add(args[++i]);
            }
            else if (name.StartsWith('-') || i > 0)
            {
                return $"'{name}' is no option, or not the first argument";
            }
            else
            {
                solution = name;
            }
        }

        return options.ContainsKey("--sdkconfig") == options.ContainsKey("--idf") ? null : "--sdkconfig and --idf go together";
    }
}
