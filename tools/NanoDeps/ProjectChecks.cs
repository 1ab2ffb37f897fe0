using System.Xml.Linq;

namespace JamBox.NanoDeps;

/// <summary>What a project file can get wrong by itself, or with the others of its solution.</summary>
internal static class ProjectChecks
{
    /// <summary>A source is compiled twice, or a pattern stands for nothing.</summary>
    /// <param name="project">The project.</param>
    /// <returns>The findings.</returns>
    public static IEnumerable<Finding> Sources(NanoProject project)
    {
        var seen = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (string pattern in project.Compile)
        {
            bool isEmpty = true;
            foreach (string file in project.Expand(pattern))
            {
                isEmpty = false;
                if (!seen.TryAdd(file, pattern))
                {
                    string name = Path.GetRelativePath(project.Folder, file);
                    yield return new Finding("compiled-twice", project.Name, $"{name} is compiled by '{seen[file]}' and by '{pattern}'");
                }
            }

            if (isEmpty)
            {
                yield return new Finding("no-source", project.Name, $"'{pattern}' stands for no file");
            }
        }
    }

    /// <summary>
    /// References, hint paths and packages.config say different things, or a reference is not written as Visual Studio writes it.
    /// </summary>
    /// <param name="project">The project.</param>
    /// <returns>The findings.</returns>
    public static IEnumerable<Finding> Packages(NanoProject project)
    {
        foreach (PackageReference reference in project.References)
        {
            if (Libraries.Find(reference.Assembly) is not { } library)
            {
                yield return new Finding(
                    "unknown-library", project.Name,
                    $"{reference.Assembly} is not in the table of nano-deps: add what it needs to Libraries.cs");
                continue;
            }

            if (reference.Package == null)
            {
                yield return new Finding(
                    "no-hint-path", project.Name, $"the reference to {reference.Assembly} has no HintPath into packages");
                continue;
            }

            if (!project.Packages.TryGetValue(reference.Package, out string? version))
            {
                yield return new Finding(
                    "no-package", project.Name, $"packages.config lacks {reference.Package}, which {reference.Assembly} comes from");
            }
            else if (version != reference.PackageVersion)
            {
                string text =
                    $"{reference.Package} is {version} in packages.config and {reference.PackageVersion} in the HintPath of {reference.Assembly}";
                yield return new Finding("package-version", project.Name, text);
            }

            if (reference.Version == null || !reference.IsPrivate)
            {
                string text =
                    $"the reference to {reference.Assembly} has no Version, or is not Private (copied to the output): --fix writes both";
                yield return new Finding("bare-reference", project.Name, text);
            }
            else if (reference.PackageVersion == library.PackageVersion && reference.Version != library.AssemblyVersion)
            {
                string text =
                    $"{reference.Assembly} {reference.Version} is not what package {reference.PackageVersion} has: {library.AssemblyVersion}";
                yield return new Finding("assembly-version", project.Name, text);
            }
        }

        foreach (string package in project.Packages.Keys.Where(p => !project.References.Any(r => r.Package == p)))
        {
            yield return new Finding("unused-package", project.Name, $"nothing references {package} of packages.config");
        }
    }

    /// <summary>
    /// What the references of a project reference themselves must be referenced too: nothing else brings it to the board.
    /// </summary>
    /// <param name="project">The project.</param>
    /// <returns>The findings.</returns>
    public static IEnumerable<Finding> Transitive(NanoProject project)
    {
        string[] own = [.. project.References.Select(r => r.Assembly)];
        foreach (string assembly in Libraries.Closure(own).Except(own))
        {
            string[] users = [.. own.Where(a => Libraries.Find(a)?.References.Contains(assembly) == true)];
            string by = users.Length == 0 ? "what it references" : string.Join(", ", users);
            yield return new Finding("missing-reference", project.Name, $"{assembly} is needed by {by} and not referenced");
        }
    }

    /// <summary>What the referenced projects reference must be referenced by an app too, and every project in one version.</summary>
    /// <param name="solution">The solution.</param>
    /// <returns>The findings.</returns>
    public static IEnumerable<Finding> Together(Solution solution)
    {
        foreach (NanoProject app in solution.Projects.Where(p => p.IsExe))
        {
            foreach (NanoProject library in Needed(solution, app).Where(p => p != app))
            {
                foreach (PackageReference reference in library.References.Where(r => !app.References.Any(a => a.Assembly == r.Assembly)))
                {
                    yield return new Finding(
                        "missing-reference", app.Name, $"{reference.Assembly} is needed by {library.AssemblyName} and not referenced");
                }
            }
        }

        foreach (
            var package in solution.Projects.SelectMany(p => p.Packages.Select(x => (Project: p.Name, Id: x.Key, Version: x.Value)))
                .GroupBy(x => x.Id))
        {
            if (package.Select(x => x.Version).Distinct().Count() > 1)
            {
                string text = string.Join(", ", package.Select(x => $"{x.Version} in {x.Project}"));
                yield return new Finding("mixed-versions", "packages.config", $"{package.Key}: {text}");
            }
        }
    }

    /// <summary><i>Deploy solution</i> sends every project that is marked; a board holds one app.</summary>
    /// <param name="solution">The solution.</param>
    /// <returns>The findings.</returns>
    public static IEnumerable<Finding> Deployment(Solution solution)
    {
        foreach ((string configuration, List<NanoProject> projects) in solution.Deployed)
        {
            if (projects.Count != 1 || !projects[0].IsExe)
            {
                string names = string.Join(" and ", projects.Select(p => p.AssemblyName));
                yield return new Finding("deployed-twice", "the solution", $"{configuration} deploys {names}: keep Deploy.0 at one app");
            }
        }
    }

    /// <summary>Writes references as Visual Studio does: with version, culture, token, and copied to the output.</summary>
    /// <param name="project">The project.</param>
    /// <returns>How many were changed.</returns>
    public static int Fix(NanoProject project)
    {
        const string Indent = "\n      ";
        XDocument xml = XDocument.Load(project.File, LoadOptions.PreserveWhitespace);
        int changed = 0;
        foreach (XElement item in xml.Descendants().Where(e => e.Name.LocalName == "Reference"))
        {
            string assembly = item.Attribute("Include")!.Value.Split(',')[0].Trim();
            XElement? hint = item.Elements().FirstOrDefault(e => e.Name.LocalName == "HintPath");
            if (Libraries.Find(assembly) is not { } library || hint == null)
            {
                continue;
            }

            string include = $"{assembly}, Version={library.AssemblyVersion}, Culture=neutral, PublicKeyToken=c07d481e9758c731";
            bool isPrivate = item.Elements().Any(e => e.Name.LocalName == "Private");
            if (item.Attribute("Include")!.Value == include && isPrivate)
            {
                continue;
            }

            item.Attribute("Include")!.Value = include;
            if (!isPrivate)
            {
                hint.AddAfterSelf(Indent, new XElement(item.Name.Namespace + "Private", "True"));
            }

            changed++;
        }

        if (changed > 0)
        {
            File.WriteAllText(project.File, xml.Declaration + "\n" + xml.ToString(SaveOptions.DisableFormatting).Trim() + "\n");
        }

        return changed;
    }

    /// <summary>Gives a project and all that it references, directly or not.</summary>
    /// <param name="solution">Where to look.</param>
    /// <param name="project">Where to begin.</param>
    /// <returns>The projects, each once.</returns>
    public static IReadOnlyList<NanoProject> Needed(Solution solution, NanoProject project)
    {
        List<NanoProject> needed = [project];
        for (int i = 0; i < needed.Count; i++)
        {
            needed.AddRange(solution.Projects.Where(p => needed[i].ProjectReferences.Contains(p.File) && !needed.Contains(p)).ToList());
        }

        return needed;
    }
}
