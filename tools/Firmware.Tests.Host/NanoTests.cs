using System;
using System.Collections.Generic;
using System.Linq;
using System.Reflection;
using System.Runtime.ExceptionServices;
using nanoFramework.TestFramework;
using Xunit;

namespace JamBox.Tests.Host;

/// <summary>
/// Runs every test method of Firmware.Tests as one xunit case, by the rules of nanoFramework's launcher: one instance a class, its
/// set-up once before the first test, its clean-up once after the last.
/// </summary>
public sealed class NanoTests : IClassFixture<NanoTests.Instances>
{
    private readonly Instances _instances;

    public NanoTests(Instances instances)
    {
        _instances = instances;
    }

    public static IEnumerable<object[]> Cases()
    {
        foreach (Type type in TestClasses())
        {
            foreach (
                MethodInfo method in type.GetMethods().Where(
                    m => m.GetCustomAttribute<TestMethodAttribute>() != null || m.GetCustomAttributes<DataRowAttribute>().Any()))
            {
                int rows = method.GetCustomAttributes<DataRowAttribute>().Count();
                for (int row = 0; row < Math.Max(rows, 1); row++)
                {
                    yield return new object[] { type.FullName, method.Name, rows == 0 ? -1 : row };
                }
            }
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Runs(string testClass, string test, int row)
    {
        Type type = typeof(NanoTests).Assembly.GetType(testClass, throwOnError: true);
        MethodInfo method = type.GetMethod(test);
        object[] arguments = row < 0 ? null : method.GetCustomAttributes<DataRowAttribute>().ElementAt(row).MethodParameters;
        Invoke(method, _instances.Of(type), arguments);
    }

    private static IEnumerable<Type> TestClasses() =>
        typeof(NanoTests).Assembly.GetTypes().Where(t => t.GetCustomAttribute<TestClassAttribute>() != null).OrderBy(
            t => t.FullName, StringComparer.Ordinal);

    private static void Invoke(MethodInfo method, object instance, object[] arguments)
    {
        try
        {
            method.Invoke(instance, arguments);
        }
        catch (TargetInvocationException e)
        {
            // The stack of the failure itself, not that of reflection.
            ExceptionDispatchInfo.Capture(e.InnerException).Throw();
        }
    }

    public sealed class Instances : IDisposable
    {
        private readonly Dictionary<Type, object> _instances = new Dictionary<Type, object>();

        public object Of(Type type)
        {
            if (!_instances.TryGetValue(type, out object instance))
            {
                instance = Activator.CreateInstance(type);
                _instances.Add(type, instance);
                RunAll<SetupAttribute>(type, instance);
            }

            return instance;
        }

        public void Dispose()
        {
            foreach (KeyValuePair<Type, object> pair in _instances)
            {
                RunAll<CleanupAttribute>(pair.Key, pair.Value);
            }
        }

        private static void RunAll<T>(Type type, object instance)
            where T : Attribute
        {
            foreach (MethodInfo method in type.GetMethods().Where(m => m.GetCustomAttribute<T>() != null))
            {
                Invoke(method, instance, null);
            }
        }
    }
}
