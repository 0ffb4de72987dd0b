for t in 0.8 1; do for l in 0.2 0.35 0.5; do for m in 0.75 1 1.2; do for s in 0.4 0.5 0.65; do for p in 1 1.25; do for g in 3 4; do
r=$(env TROUBLE=$t LETTERS=$l MEANING=$m SWM=$s PHRASE=$p GRAM=$g node zz-eval.ts q | grep -E "^(384|1024)" | cut -d' ' -f3-5 | tr '\n' ' ')
echo "$r T=$t L=$l M=$m S=$s P=$p G=$g"
done; done; done; done; done; done
