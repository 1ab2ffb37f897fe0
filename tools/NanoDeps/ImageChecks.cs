namespace JamBox.NanoDeps;

/// <summary>
/// What an app needs of the nanoCLR that it is for. nanoCLR loads an assembly whose native part is missing, and throws at each call:
/// nothing else says so before the box is on a wall.
/// </summary>
internal static class ImageChecks
{
    /// <summary>Compares an app with its nanoCLR.</summary>
    /// <param name="solution">The solution.</param>
    /// <param name="app">The app.</param>
    /// <returns>The findings.</returns>
    public static IEnumerable<Finding> Native(Solution solution, NanoProject app)
    {
        if (app.Image == null)
        {
            yield return new Finding(
                "no-image", app.Name, "the property NanoClrImage is missing: the path of a defconfig, or the name of a stock image");
            yield break;
        }

        if (ClrImage.Load(app.Image, app.Folder) is not { } image)
        {
            yield return new Finding("no-image", app.Name, $"NanoClrImage '{app.Image}' is neither a defconfig nor {ClrImage.StockS3}");
            yield break;
        }

        IReadOnlyList<NanoProject> needed = ProjectChecks.Needed(solution, app);
        foreach (string assembly in Libraries.Closure(needed.SelectMany(p => p.References).Select(r => r.Assembly)))
        {
            if (Libraries.Find(assembly) is { } library && !image.Has(library))
            {
                string text =
                    $"{assembly} needs {Libraries.OptionPrefix}{library.Option}=y, which {image.Name} has not: every call would throw";
                yield return new Finding("missing-native-part", app.Name, text);
            }
        }

        foreach ((string source, string function, string option) in image.MissingFunctions())
        {
            string text =
                $"{source} calls {function}, which nf-interpreter builds only with {Libraries.OptionPrefix}{option}=y: {image.Name} has not";
            yield return new Finding("missing-native-part", app.Name, text);
        }

        foreach (NanoProject interop in needed.Where(p => p.NativeVersion != null))
        {
            if (!image.Interop.TryGetValue(interop.AssemblyName, out string? version))
            {
                string text =
                    $"{interop.AssemblyName} has native methods, and {image.Name} is not built with it (FindINTEROP-{interop.AssemblyName}.cmake)";
                yield return new Finding("missing-interop", app.Name, text);
            }
            else if (version != interop.NativeVersion)
            {
                string text =
                    $"{interop.AssemblyName} asks for native version {interop.NativeVersion}, {image.Name} is built with {version}";
                yield return new Finding("interop-version", app.Name, text);
            }
        }
    }

    /// <summary>
    /// Compares the native versions of restored packages with those of nf-interpreter. Packages that are not restored are passed over.
    /// </summary>
    /// <param name="solution">The solution, whose folder holds <c>packages</c>.</param>
    /// <returns>The findings.</returns>
    public static IEnumerable<Finding> Restored(Solution solution)
    {
        foreach (
            PackageReference reference in solution.Projects.SelectMany(p => p.References).DistinctBy(r => (r.Assembly, r.PackageVersion)))
        {
            string file = Path.Combine(
                solution.Root, "packages", $"{reference.Package}.{reference.PackageVersion}", "lib", reference.Assembly + ".dll");
            if (Libraries.Find(reference.Assembly) is not { } library || !File.Exists(file))
            {
                continue;
            }

            CompiledAssembly compiled = CompiledAssembly.Read(file);
            if (library.NativeVersion != null && compiled.NativeVersion != library.NativeVersion)
            {
                string text =
                    $"{reference.Package} {reference.PackageVersion} asks for native version {compiled.NativeVersion}, nf-interpreter "
                    + $"{Libraries.Interpreter[..9]} has {library.NativeVersion}";
                yield return new Finding("native-version", "packages", text);
            }

            foreach (string other in compiled.References.Where(r => !CompiledAssembly.IsCore(r)).Except(library.References))
            {
                yield return new Finding(
                    "unknown-reference", "packages", $"{reference.Assembly} references {other}, which the table of nano-deps lacks");
            }
        }
    }

    /// <summary>Finds references that an app's compiled assemblies do not use: each costs tables in the heap of the board.</summary>
    /// <param name="solution">The solution.</param>
    /// <param name="app">The app.</param>
    /// <param name="folder">Where the compiled assemblies are.</param>
    /// <returns>The findings.</returns>
    public static IEnumerable<Finding> Unused(Solution solution, NanoProject app, string folder)
    {
        var used = new List<string> { "mscorlib" };
        foreach (NanoProject project in ProjectChecks.Needed(solution, app))
        {
            string file = Path.Combine(folder, project.AssemblyName + (project.IsExe ? ".exe" : ".dll"));
            if (!File.Exists(file))
            {
                yield return new Finding("not-compiled", project.Name, $"{file} is missing");
                yield break;
            }

            used.AddRange(CompiledAssembly.Read(file).References);
        }

        foreach (string assembly in app.References.Select(r => r.Assembly).Except(Libraries.Closure(used)))
        {
            yield return new Finding("unused-reference", app.Name, $"nothing that is compiled uses {assembly}: it would only cost heap");
        }
    }
}
