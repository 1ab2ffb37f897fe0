using System.Text.RegularExpressions;

using JamBox.Backend.Portal;
using JamBox.Backend.Tests.Hosting;

namespace JamBox.Backend.Tests.Portal;

/// <summary>The portal's files. What its pages do is tested in a browser.</summary>
public abstract partial class PortalTests(BackendHost host)
{
    [Fact]
    public async Task ThePageAndWhatItNeedsComeFromHere()
    {
        string page = await host.Http.GetStringAsync("/");
        Assert.Contains("JamBox", page, StringComparison.Ordinal);
        Assert.DoesNotContain("https://", page, StringComparison.Ordinal);
        Assert.NotEmpty(LinkPattern().Matches(page));
        foreach (Match link in LinkPattern().Matches(page))
        {
            using HttpResponseMessage file = await host.Http.GetAsync(link.Groups[1].Value);
            Assert.Equal(200, (int)file.StatusCode);
            Assert.Contains("immutable", file.Headers.CacheControl!.ToString(), StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("/sign-in")]
    [InlineData("/calibrate/7")]
    [InlineData("/places/7")]
    [InlineData("/locations")]
    [InlineData("/locations/JBNB0001/health")]
    [InlineData("/releases/rollouts/3")]
    public async Task EveryAddressOfAPageGivesTheSameShell(string path)
    {
        Assert.Equal(await host.Http.GetStringAsync("/"), await host.Http.GetStringAsync(path));
    }

    [Fact]
    public async Task NothingInlineAndNothingFromElsewhereMayRun()
    {
        using HttpResponseMessage page = await host.Http.GetAsync("/");
        string policy = page.Headers.GetValues("Content-Security-Policy").Single();
        Assert.Contains("default-src 'none'; script-src 'self'; style-src 'self';", policy, StringComparison.Ordinal);
        Assert.DoesNotContain("unsafe", policy, StringComparison.Ordinal);
        Assert.DoesNotContain("http", policy, StringComparison.Ordinal);
        Assert.Equal("no-cache", page.Headers.CacheControl!.ToString());
    }

    [Theory]
    [InlineData("/p/0000000000000000/core/core.js")]
    [InlineData("/nowhere")]
    public async Task WhatIsNotThereIsSaidSo(string path)
    {
        using HttpResponseMessage answer = await host.Http.GetAsync(path);
        Assert.Equal(404, (int)answer.StatusCode);
    }

    [Fact]
    public async Task NobodyKnownIsNoErrorAndAWrongKeyIs()
    {
        using HttpRequestMessage nobody = new(HttpMethod.Get, "/api/access");
        using HttpResponseMessage answer = await host.Http.SendAsync(nobody);
        Assert.Equal(200, (int)answer.StatusCode);
        Assert.Contains("\"kind\":null", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        using HttpRequestMessage wrong = new(HttpMethod.Get, "/api/access");
        wrong.Headers.Add("Authorization", "Bearer not-a-key-of-this-server");
        using HttpResponseMessage refused = await host.Http.SendAsync(wrong);
        Assert.Equal(401, (int)refused.StatusCode);
    }

    [GeneratedRegex("(?:src|href)=\"(/[^\"]*)\"")]
    private static partial Regex LinkPattern();
}

/// <summary>Modules that are joined when the server starts.</summary>
public sealed class PortalBundleTests
{
    [Fact]
    public void ModulesOfAFolderBecomeOneEachWithNamesOfItsOwn()
    {
        string joined = PortalBundle.Join("core", new Dictionary<string, string>
        {
            ["a"] = "import { b } from './b.js';\nimport {\n  x,\n} from '../parts/x.js';\nconst own = 1;\n"
                + "export function a() { return b + x + own; }\n",
            ["b"] = "import { x } from '../parts/x.js';\nconst own = 2;\nexport const b = own + x;\n",
        });
        Assert.StartsWith("import { x } from '../parts/x.js';\nconst m_b = (() => {", joined, StringComparison.Ordinal);
        Assert.Contains("const { b } = m_b;", joined, StringComparison.Ordinal);
        Assert.Contains("export const { a } = m_a;", joined, StringComparison.Ordinal);
        Assert.DoesNotContain("export function", joined, StringComparison.Ordinal);
    }

    [Fact]
    public void TheSameNameTwiceAndACircleAreRefused()
    {
        Assert.Contains("exports same", Assert.Throws<InvalidDataException>(() => PortalBundle.Join("core", new Dictionary<string, string>
        {
            ["a"] = "export const same = 1;\n",
            ["b"] = "export const same = 2;\n",
        })).Message, StringComparison.Ordinal);
        Assert.Throws<InvalidDataException>(() => PortalBundle.Join("core", new Dictionary<string, string>
        {
            ["a"] = "import { b } from './b.js';\nexport const a = b;\n",
            ["b"] = "import { a } from './a.js';\nexport const b = a;\n",
        }));
    }

    [Fact]
    public void WhoImportsAModuleGetsItsBundle() =>
        Assert.Equal(
            "import { h } from '../core/core.js';\nimport { chart } from '../parts/chart.js';",
            PortalBundle.Redirect(
                "import { h } from '../core/dom.js';\nimport { chart } from '../parts/chart.js';", "core", ["dom"], isInside: false));

    [Fact]
    public void CommentsAreLeftOutAndCodeIsNot() =>
        Assert.Equal(
            "\n(x).y = 1;\nconst url = 'https://a/*b*/c'; // kept",
            PortalBundle.WithoutComments(
                "/** Says what.\n * @param x\n */\n  // why\n  /** @type {any} */ (x).y = 1;\n\n  const url = 'https://a/*b*/c'; // kept"));
}
