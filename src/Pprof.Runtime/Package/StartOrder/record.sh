#!/usr/bin/env bash
# Finds the methods that run when a NativeAOT service of .NET 10 with all profiles starts, up to its first answer and the
# beginning of what is sampled all the time, and writes their names into buildTransitive/Pprof.start.order: those of a service
# by CreateSlimBuilder, and those of one by CreateBuilder. On Linux x64, with what NativeAOT needs, gcc, binutils and curl.
set -euo pipefail
cd "$(dirname "$0")"
runtime=$(cd ../.. && pwd)
work=$runtime/../../artifacts/start-order
rm -rf "$work"
mkdir -p "$work"
gcc -Wall -Wextra -Werror -O2 -o "$work/record" record.c

for builder in CreateSlimBuilder CreateBuilder; do
  service=$work/$builder
  mkdir "$service"
  cat > "$service/Service.csproj" << PROJECT
<Project Sdk="Microsoft.NET.Sdk.Web">
  <Import Project="$runtime/buildTransitive/Pprof.props" />
  <PropertyGroup>
    <TargetFramework>net10.0</TargetFramework>
    <InvariantGlobalization>true</InvariantGlobalization>
    <PublishAot>true</PublishAot>
    <IlcGenerateMapFile>true</IlcGenerateMapFile>
  </PropertyGroup>
  <ItemGroup>
    <ProjectReference Include="$runtime/Pprof.Runtime.csproj" />
    <ProjectReference Include="$runtime/../Pprof.Generators/Pprof.Generators.csproj" OutputItemType="Analyzer" ReferenceOutputAssembly="false" />
  </ItemGroup>
  <Import Project="$runtime/Package/NativeHooks.targets" />
</Project>
PROJECT
  cat > "$service/Program.cs" << PROGRAM
[assembly: Pprof.EnablePprof]
var app = WebApplication.$builder(args).Build();
app.MapGet("/", () => "Hello World!");
app.Run();
PROGRAM
  dotnet publish "$service" -c Release -r linux-x64 -o "$service/out" --artifacts-path "$service/artifacts" -v quiet -nologo

  # Methods, as the compiler's map has them, where the table of symbols says. What is this service's own is left out.
  sed -n 's/.*<MethodCode Name="\([^"]*\)".*/\1/p' "$(find "$service/artifacts" -name Service.map.xml)" \
    | sed 's/&lt;/</g; s/&gt;/>/g; s/&quot;/"/g; s/&apos;/'"'"'/g; s/&amp;/\&/g' | grep -v '^Service_\|<Service_' > "$service/methods"
  nm "$service/out/Service.dbg" | awk 'NR == FNR { methods[$0]; next } $3 in methods { print $1, $3 }' "$service/methods" - > "$service/functions"

  # Which of two threads comes first is different each time.
  for port in 5801 5802 5803; do
    (cd "$service/out" && exec "$work/record" "$service/functions" ./Service --urls "http://127.0.0.1:$port" 2> /dev/null) >> "$service/called" &
    recorder=$!
    curl --silent --output /dev/null --retry 100 --retry-delay 1 --retry-connrefused "http://127.0.0.1:$port/"
    curl --silent --output /dev/null --header "Connection: close" "http://127.0.0.1:$port/"
    sleep 3
    kill $recorder
    wait $recorder || true
  done
done

# In the order in which they were called first: what runs after the answer does not stand between what runs before it.
cat "$work"/CreateSlimBuilder/called "$work"/CreateBuilder/called | awk '!seen[$0]++' > "$runtime/buildTransitive/Pprof.start.order"
wc -l "$runtime/buildTransitive/Pprof.start.order"
